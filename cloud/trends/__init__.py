"""Courses of what was measured, over hours to a year, with what is usual, the limits, alerts and gaps."""
