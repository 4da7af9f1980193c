"""Who is asking, and what they may see: one policy a route, one place that decides."""
