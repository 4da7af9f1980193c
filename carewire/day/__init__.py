"""A simulated day through the real service: what alerting asks of people, and whether it keeps faith."""
