"""Pulse rate from the wrist under motion: how its weights are fitted, and how it is judged."""
