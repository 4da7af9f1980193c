"""Body Sensor Location (0x2A38), GATT Specification Supplement section 3."""

from __future__ import annotations

from enum import IntEnum

from vitals.gatt.octets import Octets

NAME = "Body Sensor Location"


class BodySensorLocation(IntEnum):
    """Where on the body the sensor is meant to be worn."""

    OTHER = 0
    CHEST = 1
    WRIST = 2
    FINGER = 3
    HAND = 4
    EAR_LOBE = 5
    FOOT = 6


def decode(value: bytes) -> BodySensorLocation:
    """Decode a read value; locations reserved for future use are refused."""
    octets = Octets(NAME, value)
    location = octets.uint(1, "Body Sensor Location")
    octets.finish()
    if location > max(BodySensorLocation):
        octets.reject(f"a location of 0 to {max(BodySensorLocation):d} and not {location}")
    return BodySensorLocation(location)


def encode(location: BodySensorLocation) -> bytes:
    """Encode a location."""
    return bytes([location])
