"""What every judgement on the gateway shares: models to ask, and what stands between them and an alarm."""
