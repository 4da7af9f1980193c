"""Durable stores: series, identities and the patients' slices in one file; people and alerts in another."""
