"""The rhythm classifier: normal, atrial fibrillation, other rhythm or too noisy, from 30 s of one lead."""
