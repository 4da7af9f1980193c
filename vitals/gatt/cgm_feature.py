"""CGM Feature (0x2AA8), Continuous Glucose Monitoring Service 1.0 section 3.2.

Its check is always there: 0xFFFF stands for none in a sensor that does not support E2E-CRC.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from typing import Final

from vitals.gatt.e2e_crc import e2e_crc, sealed
from vitals.gatt.octets import Octets, fitting

NAME = "CGM Feature"


class Feature(IntFlag):
    """What a sensor can do; bits 17 to 23 are reserved."""

    CALIBRATION = 1 << 0
    PATIENT_HIGH_LOW_ALERTS = 1 << 1
    HYPO_ALERTS = 1 << 2
    HYPER_ALERTS = 1 << 3
    RATE_ALERTS = 1 << 4
    DEVICE_SPECIFIC_ALERT = 1 << 5
    SENSOR_MALFUNCTION_DETECTION = 1 << 6
    SENSOR_TEMPERATURE_DETECTION = 1 << 7
    SENSOR_RESULT_DETECTION = 1 << 8
    LOW_BATTERY_DETECTION = 1 << 9
    SENSOR_TYPE_ERROR_DETECTION = 1 << 10
    GENERAL_DEVICE_FAULT = 1 << 11
    E2E_CRC = 1 << 12
    MULTIPLE_BOND = 1 << 13
    MULTIPLE_SESSIONS = 1 << 14
    TREND_INFORMATION = 1 << 15
    QUALITY = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class CgmFeature:
    """What a sensor can do, and what it measures where (each 0 to 15, as in Glucose Measurement)."""

    features: Feature
    fluid_type: int
    sample_location: int


def decode(value: bytes) -> CgmFeature:
    """Decode a read value; reserved bits are ignored."""
    octets = Octets(NAME, value)
    features = Feature(octets.uint(3, "CGM Feature") & _KNOWN)
    type_and_location = octets.uint(1, "CGM Type-Sample Location")
    told = octets.uint(2, "E2E-CRC")
    octets.finish()
    expected = e2e_crc(value[:-2]) if Feature.E2E_CRC in features else _NO_CRC
    if told != expected:
        octets.reject(f"an E2E-CRC of 0x{expected:04x} and not 0x{told:04x}")
    return CgmFeature(
        features=features, fluid_type=type_and_location & 0xF, sample_location=type_and_location >> 4
    )


def encode(feature: CgmFeature) -> bytes:
    """Encode features; raise `ValueError` for a type or location over 15."""
    fluid_type = fitting(feature.fluid_type, 4, "Type")
    location = fitting(feature.sample_location, 4, "Sample Location")
    value = feature.features.to_bytes(3, "little") + bytes([location << 4 | fluid_type])
    if Feature.E2E_CRC in feature.features:
        return sealed(value)
    return value + _NO_CRC.to_bytes(2, "little")


_KNOWN: Final = 0x01FFFF
_NO_CRC: Final = 0xFFFF
