"""Heart Rate Control Point (0x2A39), written by the central; Heart Rate Service 1.0, section 3.3."""

from __future__ import annotations

from enum import IntEnum

from vitals.gatt.octets import Octets

NAME = "Heart Rate Control Point"


class HeartRateCommand(IntEnum):
    """What a central may ask of a heart rate sensor."""

    RESET_ENERGY_EXPENDED = 0x01


def decode(value: bytes) -> HeartRateCommand:
    """Decode a written value; commands reserved for future use are refused."""
    octets = Octets(NAME, value)
    command = octets.uint(1, "command")
    octets.finish()
    if command != HeartRateCommand.RESET_ENERGY_EXPENDED:
        octets.reject(f"command 0x01 and not 0x{command:02x}")
    return HeartRateCommand(command)


def encode(command: HeartRateCommand) -> bytes:
    """Encode a command."""
    return bytes([command])
