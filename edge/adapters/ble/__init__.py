"""The Bluetooth central over plain bleak: seek, connect, prepare, watch, recover."""
