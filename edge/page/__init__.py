"""The page a gateway shows on its own network: how everybody is, without the cloud."""
