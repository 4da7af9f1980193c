"""Channels to people: one file a family."""
