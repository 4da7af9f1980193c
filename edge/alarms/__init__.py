"""What the gateway says by itself: alarm conditions, how long they stand, and how they sound."""
