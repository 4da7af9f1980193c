"""What a wearable's light says of the pulse, held against how the wearer moves."""
