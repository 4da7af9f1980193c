"""What leaves the outbox next, what again, and whether the cloud answers."""
