"""PLX Spot-Check Measurement (0x2A5E), Pulse Oximeter Service 1.0.1 section 3.1: one finger, once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from typing import TYPE_CHECKING

from vitals.gatt import date_time
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

if TYPE_CHECKING:
    from vitals.gatt.date_time import DateTime

NAME = "PLX Spot-Check Measurement"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotCheck:
    """One measurement; `None`: the device does not say."""

    saturation: Saturation
    time_stamp: DateTime | None = None
    measurement_status: MeasurementStatus | None = None
    sensor_status: DeviceAndSensorStatus | None = None
    pulse_amplitude_index_percent: Quantity | None = None
    clock_is_set: bool = True


class Flags(IntFlag):
    """The Flags field; its three high bits are reserved for future use."""

    TIME_STAMP = 1 << 0
    MEASUREMENT_STATUS = 1 << 1
    DEVICE_AND_SENSOR_STATUS = 1 << 2
    PULSE_AMPLITUDE_INDEX = 1 << 3
    DEVICE_CLOCK_IS_NOT_SET = 1 << 4


def decode(value: bytes) -> SpotCheck:
    """Decode an indicated value; reserved bits are ignored, as the specification asks."""
    octets = Octets(NAME, value)
    flags = Flags(octets.uint(1, "Flags"))
    check = SpotCheck(
        saturation=take_saturation(octets, "SpO2PR-Spot-Check"),
        time_stamp=date_time.take(octets) if Flags.TIME_STAMP in flags else None,
        measurement_status=take_measurement_status(octets) if Flags.MEASUREMENT_STATUS in flags else None,
        sensor_status=take_sensor_status(octets) if Flags.DEVICE_AND_SENSOR_STATUS in flags else None,
        pulse_amplitude_index_percent=(
            take_sfloat(octets, "Pulse Amplitude Index") if Flags.PULSE_AMPLITUDE_INDEX in flags else None
        ),
        clock_is_set=Flags.DEVICE_CLOCK_IS_NOT_SET not in flags,
    )
    octets.finish()
    return check


def encode(check: SpotCheck) -> bytes:
    """Encode a measurement; raise `ValueError` for a number no SFLOAT holds."""
    flags, fields = Flags(0), encode_saturation(check.saturation)
    if check.time_stamp is not None:
        flags |= Flags.TIME_STAMP
        fields += date_time.encode(check.time_stamp)
    if check.measurement_status is not None:
        flags |= Flags.MEASUREMENT_STATUS
        fields += check.measurement_status.to_bytes(2, "little")
    if check.sensor_status is not None:
        flags |= Flags.DEVICE_AND_SENSOR_STATUS
        fields += check.sensor_status.to_bytes(3, "little")
    if check.pulse_amplitude_index_percent is not None:
        flags |= Flags.PULSE_AMPLITUDE_INDEX
        fields += encode_pulse_amplitude_index(check.pulse_amplitude_index_percent)
    if not check.clock_is_set:
        flags |= Flags.DEVICE_CLOCK_IS_NOT_SET
    return bytes([flags]) + fields
