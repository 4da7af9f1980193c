"""The way from an alert to a person: a visible row of stages, and who is told when by which channel."""
