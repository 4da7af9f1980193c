"""The gateway: reads wearables, judges what they say, and forwards all of it without loss."""
