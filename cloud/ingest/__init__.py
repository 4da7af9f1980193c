"""From the broker to the store: decode, identify, commit, and only then acknowledge."""
