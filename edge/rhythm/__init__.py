"""What a wearable's ECG says of the heart: beats, quality, the model's word, and when it is an episode."""
