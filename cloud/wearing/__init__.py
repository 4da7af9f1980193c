"""Who wears which device: said by people, kept for good, and never over somebody else's time."""
