"""Scores that people compute by hand at a bedside, as tables; what is missing widens them to a range."""
