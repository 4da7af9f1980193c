"""Continuous Glucose Monitoring Service: a value every few minutes, dated by the minute of its session."""

from typing import Final

from edge.readings.reading import DOUBTFUL, UNSURE, Beyond, Reading, beyond, entry, named, worst
from vitals.gatt.cgm_measurement import CgmMeasurement, CgmRecord
from vitals.gatt.cgm_status_annunciation import SensorStatus
from vitals.gatt.sfloat import Quantity

__all__ = ["conditions_of", "read"]


def read(measurement: CgmMeasurement) -> tuple[Reading, ...]:
    """Return each record, oldest first; a status that is not told is one without a flag."""
    return tuple(map(_reading, measurement.records))


def conditions_of(status: SensorStatus) -> frozenset[str]:
    """Return what ails a sensor of this status."""
    return named(status, _CONDITIONS) or frozenset()


def _reading(record: CgmRecord) -> Reading:
    status = record.sensor_status if record.sensor_status is not None else SensorStatus(0)
    quality = _quality(status, record.quality_percent)
    return Reading(
        entries=(
            *entry("glucose", record.glucose_mg_dl, quality=quality),
            *entry("glucose_trend", record.trend_mg_dl_min),
        ),
        session_min=record.time_offset_min,
        number=record.time_offset_min,
        conditions=conditions_of(status),
        beyond=None if quality == 0.0 else beyond(record.glucose_mg_dl, status, _BEYOND),
    )


def _quality(status: SensorStatus, percent: Quantity | None) -> float | None:
    told = min(1.0, max(0.0, percent / 100)) if isinstance(percent, float | int) else None
    found = [quality for quality in (worst(status, _QUALITY), told) if quality is not None]
    return min(found, default=None)


_QUALITY: Final = (
    (SensorStatus.SENSOR_MALFUNCTION, 0.0),
    (SensorStatus.SENSOR_TYPE_INCORRECT, 0.0),
    (SensorStatus.GENERAL_DEVICE_FAULT, 0.0),
    (SensorStatus.CALIBRATION_REQUIRED, UNSURE),
    (SensorStatus.SENSOR_TEMPERATURE_TOO_HIGH, DOUBTFUL),
    (SensorStatus.SENSOR_TEMPERATURE_TOO_LOW, DOUBTFUL),
)
"""A calibration that is due hides no low value. One beyond what the sensor can process is none of these."""
_BEYOND: Final = (
    (SensorStatus.RESULT_LOWER_THAN_DEVICE_CAN_PROCESS, Beyond.BELOW),
    (SensorStatus.RESULT_HIGHER_THAN_DEVICE_CAN_PROCESS, Beyond.ABOVE),
)
_CONDITIONS: Final = (
    (SensorStatus.SESSION_STOPPED, "session-stopped"),
    (SensorStatus.DEVICE_BATTERY_LOW, "battery-low"),
    (SensorStatus.SENSOR_TYPE_INCORRECT, "sensor-type-incorrect"),
    (SensorStatus.SENSOR_MALFUNCTION, "sensor-malfunction"),
    (SensorStatus.DEVICE_SPECIFIC_ALERT, "device-alert"),
    (SensorStatus.GENERAL_DEVICE_FAULT, "device-fault"),
    (SensorStatus.TIME_SYNCHRONIZATION_REQUIRED, "clock-not-set"),
    (SensorStatus.CALIBRATION_REQUIRED, "calibration-required"),
    (SensorStatus.SENSOR_TEMPERATURE_TOO_HIGH, "sensor-too-hot"),
    (SensorStatus.SENSOR_TEMPERATURE_TOO_LOW, "sensor-too-cold"),
)
