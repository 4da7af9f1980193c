"""Gateways are who they say: an authority of our own, letting in, renewing, and taking back."""
