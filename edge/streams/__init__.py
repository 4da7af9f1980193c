"""What keeps coming from a wearable: put in order, dated, each once, and what is missing stated."""
