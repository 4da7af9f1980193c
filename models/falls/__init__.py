"""Whether a blow to the body was a fall."""
