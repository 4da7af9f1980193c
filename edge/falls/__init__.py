"""What a wearable's acceleration says of falls: blows, whether one was a fall, and who has not got up."""
