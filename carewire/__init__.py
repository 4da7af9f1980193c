"""The command line, and the whole system on one machine."""
