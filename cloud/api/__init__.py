"""The HTTP API: one module a resource. Each parses, calls a port and renders; it decides nothing."""
