"""A small `org.bluez` on a private D-Bus, over the virtual radio: bleak's BlueZ backend runs on it as it is.

As the real daemon it is a process beside the gateway: it keeps links, bonds and known devices when the
gateway dies, ends a dead client's discoveries and subscriptions, and names its errors as BlueZ does.
"""

from firmware_sim.bluez.object_tree import Refusal
from firmware_sim.bluez.private_bus import private_bus
from firmware_sim.bluez.service import BluezService, run_bluez

__all__ = ["BluezService", "Refusal", "private_bus", "run_bluez"]
