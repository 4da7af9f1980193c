"""BlueZ beneath bleak, over D-Bus: the adapter that recovery takes hold of, and the pairing agent."""
