"""What lies beneath bleak: BlueZ with its adapter, agent and lock, or a backend that needs none of them."""

import os

from bleak import BleakScanner
from bleak.backends import BleakBackend

from edge.adapters.bare_radio import BareRadio
from edge.adapters.ble.central import BleCentral
from edge.adapters.radio_lock import RadioLock, lock_file
from edge.config import EdgeSettings
from edge.ports import PairingAgent, RadioAdapter

__all__ = ["pairing_agent", "radio_adapter", "radio_lock"]


def radio_adapter(settings: EdgeSettings) -> RadioAdapter:
    """Return what recovery takes hold of beneath bleak: BlueZ, unless bleak speaks to another."""
    if not _is_on_bluez():
        return BareRadio()
    from edge.adapters.bluez.adapter import BluezAdapter  # noqa: PLC0415 - its D-Bus library is Linux's alone

    return BluezAdapter(settings.radio.adapter, limit_s=settings.radio.request_s)


def pairing_agent(settings: EdgeSettings, central: BleCentral) -> PairingAgent | None:
    """Return who consents to bonds over the links of the central; `None`: nobody needs to be asked."""
    if not _is_on_bluez():
        return None
    from edge.adapters.bluez.agent import BluezPairingAgent  # noqa: PLC0415 - as above

    return BluezPairingAgent(central.may_pair, limit_s=settings.radio.request_s)


def radio_lock(settings: EdgeSettings) -> RadioLock | None:
    """Return the lock on an adapter that other programs may use too; a simulated one is ours alone."""
    if not _is_on_bluez():
        return None
    return RadioLock(lock_file(settings.radio.adapter, settings.radio.lock_dir, os.environ))


def _is_on_bluez() -> bool:
    return BleakScanner().backend_id is BleakBackend.BLUEZ_DBUS
