"""Atrial fibrillation from RR intervals alone, for wearables that send no ECG."""
