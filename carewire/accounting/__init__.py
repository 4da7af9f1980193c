"""Whether everything that wearables measured is stored once or stated as missing: sample by sample."""
