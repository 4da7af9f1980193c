"""Battery Level (0x2A19), GATT Specification Supplement section 3."""

from __future__ import annotations

from dataclasses import dataclass

from vitals.gatt.octets import Octets

NAME = "Battery Level"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryLevel:
    """The charge left, 0 to 100 percent."""

    percent: int


def decode(value: bytes) -> BatteryLevel:
    """Decode a read or notified value; levels above 100 are prohibited and refused."""
    octets = Octets(NAME, value)
    percent = octets.uint(1, "Level")
    octets.finish()
    if percent > _FULL_PERCENT:
        octets.reject(f"a level of 0 to {_FULL_PERCENT} percent and not {percent}")
    return BatteryLevel(percent=percent)


def encode(battery_level: BatteryLevel) -> bytes:
    """Encode a level; raise `ValueError` outside 0 to 100."""
    if not 0 <= battery_level.percent <= _FULL_PERCENT:
        raise ValueError(
            f"a battery level is 0 to {_FULL_PERCENT} percent: {battery_level.percent} is not one"
        )
    return bytes([battery_level.percent])


_FULL_PERCENT = 100
