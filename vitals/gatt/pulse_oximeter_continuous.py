"""PLX Continuous Measurement (0x2A5F), Pulse Oximeter Service 1.0.1 section 3.2: about once a second."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag

from vitals.gatt.octets import Octets
from vitals.gatt.pulse_oximeter import (
    DeviceAndSensorStatus,
    MeasurementStatus,
    Saturation,
    encode_pulse_amplitude_index,
    encode_saturation,
    take_measurement_status,
    take_saturation,
    take_sensor_status,
)
from vitals.gatt.sfloat import Quantity, take_sfloat

NAME = "PLX Continuous Measurement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuous:
    """One notification: the same moment averaged over a usual, a short and a long time."""

    normal: Saturation
    fast: Saturation | None = None
    slow: Saturation | None = None
    measurement_status: MeasurementStatus | None = None
    sensor_status: DeviceAndSensorStatus | None = None
    pulse_amplitude_index_percent: Quantity | None = None


class Flags(IntFlag):
    """The Flags field; its three high bits are reserved for future use."""

    SPO2PR_FAST = 1 << 0
    SPO2PR_SLOW = 1 << 1
    MEASUREMENT_STATUS = 1 << 2
    DEVICE_AND_SENSOR_STATUS = 1 << 3
    PULSE_AMPLITUDE_INDEX = 1 << 4


def decode(value: bytes) -> Continuous:
    """Decode a notified value; reserved bits are ignored, as the specification asks."""
    octets = Octets(NAME, value)
    flags = Flags(octets.uint(1, "Flags"))
    measurement = Continuous(
        normal=take_saturation(octets, "SpO2PR-Normal"),
        fast=take_saturation(octets, "SpO2PR-Fast") if Flags.SPO2PR_FAST in flags else None,
        slow=take_saturation(octets, "SpO2PR-Slow") if Flags.SPO2PR_SLOW in flags else None,
        measurement_status=take_measurement_status(octets) if Flags.MEASUREMENT_STATUS in flags else None,
        sensor_status=take_sensor_status(octets) if Flags.DEVICE_AND_SENSOR_STATUS in flags else None,
        pulse_amplitude_index_percent=(
            take_sfloat(octets, "Pulse Amplitude Index") if Flags.PULSE_AMPLITUDE_INDEX in flags else None
        ),
    )
    octets.finish()
    return measurement


def encode(measurement: Continuous) -> bytes:
    """Encode a measurement; raise `ValueError` for a number no SFLOAT holds."""
    flags, fields = Flags(0), encode_saturation(measurement.normal)
    if measurement.fast is not None:
        flags |= Flags.SPO2PR_FAST
        fields += encode_saturation(measurement.fast)
    if measurement.slow is not None:
        flags |= Flags.SPO2PR_SLOW
        fields += encode_saturation(measurement.slow)
    if measurement.measurement_status is not None:
        flags |= Flags.MEASUREMENT_STATUS
        fields += measurement.measurement_status.to_bytes(2, "little")
    if measurement.sensor_status is not None:
        flags |= Flags.DEVICE_AND_SENSOR_STATUS
        fields += measurement.sensor_status.to_bytes(3, "little")
    if measurement.pulse_amplitude_index_percent is not None:
        flags |= Flags.PULSE_AMPLITUDE_INDEX
        fields += encode_pulse_amplitude_index(measurement.pulse_amplitude_index_percent)
    return bytes([flags]) + fields
