"""The worker: takes slices, keeps state and alerts together, hands over; its memory and its counts."""
