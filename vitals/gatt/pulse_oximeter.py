"""What the two measurements of the Pulse Oximeter Service 1.0.1 share: their status fields and pairs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from typing import TYPE_CHECKING

from vitals.gatt.sfloat import Quantity, put_sfloat, take_sfloat

if TYPE_CHECKING:
    from vitals.gatt.octets import Octets


class MeasurementStatus(IntFlag):
    """How far the measurement is to be believed; bits 0 to 4 are reserved."""

    MEASUREMENT_ONGOING = 1 << 5
    EARLY_ESTIMATED_DATA = 1 << 6
    VALIDATED_DATA = 1 << 7
    FULLY_QUALIFIED_DATA = 1 << 8
    DATA_FROM_MEASUREMENT_STORAGE = 1 << 9
    DATA_FOR_DEMONSTRATION = 1 << 10
    DATA_FOR_TESTING = 1 << 11
    CALIBRATION_ONGOING = 1 << 12
    MEASUREMENT_UNAVAILABLE = 1 << 13
    QUESTIONABLE_MEASUREMENT_DETECTED = 1 << 14
    INVALID_MEASUREMENT_DETECTED = 1 << 15


class DeviceAndSensorStatus(IntFlag):
    """What ails device or sensor; bits 16 to 23 are reserved."""

    EXTENDED_DISPLAY_UPDATE_ONGOING = 1 << 0
    EQUIPMENT_MALFUNCTION_DETECTED = 1 << 1
    SIGNAL_PROCESSING_IRREGULARITY_DETECTED = 1 << 2
    INADEQUATE_SIGNAL_DETECTED = 1 << 3
    POOR_SIGNAL_DETECTED = 1 << 4
    LOW_PERFUSION_DETECTED = 1 << 5
    ERRATIC_SIGNAL_DETECTED = 1 << 6
    NONPULSATILE_SIGNAL_DETECTED = 1 << 7
    QUESTIONABLE_PULSE_DETECTED = 1 << 8
    SIGNAL_ANALYSIS_ONGOING = 1 << 9
    SENSOR_INTERFERENCE_DETECTED = 1 << 10
    SENSOR_UNCONNECTED_TO_USER = 1 << 11
    UNKNOWN_SENSOR_CONNECTED = 1 << 12
    SENSOR_DISPLACED = 1 << 13
    SENSOR_MALFUNCTIONING = 1 << 14
    SENSOR_DISCONNECTED = 1 << 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Saturation:
    """Oxygen saturation in percent and pulse rate per minute, measured together."""

    spo2_percent: Quantity
    pulse_rate_bpm: Quantity


def take_saturation(octets: Octets, name: str) -> Saturation:
    """Return the next pair of a value."""
    return Saturation(
        spo2_percent=take_sfloat(octets, f"{name} SpO2"),
        pulse_rate_bpm=take_sfloat(octets, f"{name} PR"),
    )


def encode_saturation(pair: Saturation) -> bytes:
    """Encode a pair in whole percent and beats a minute."""
    return put_sfloat(pair.spo2_percent) + put_sfloat(pair.pulse_rate_bpm)


def take_measurement_status(octets: Octets) -> MeasurementStatus:
    """Return the next field, its reserved bits left out."""
    return MeasurementStatus(octets.uint(2, "Measurement Status") & _MEASUREMENT_STATUS)


def take_sensor_status(octets: Octets) -> DeviceAndSensorStatus:
    """Return the next field, its reserved bits left out."""
    return DeviceAndSensorStatus(octets.uint(3, "Device and Sensor Status") & _SENSOR_STATUS)


def encode_pulse_amplitude_index(index_percent: Quantity) -> bytes:
    """Encode a pulse amplitude index in tenths of a percent."""
    return put_sfloat(index_percent, resolution=0.1)


_MEASUREMENT_STATUS = 0xFFE0
_SENSOR_STATUS = 0x00FFFF
