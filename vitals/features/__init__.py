"""From signals to features: pure numpy, used alike by training and by the gateway."""
