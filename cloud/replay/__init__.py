"""What was set aside, brought back: read again under today's program and stored like anything that comes."""
