"""Erasing patients for good while the service runs and their devices go on sending."""
