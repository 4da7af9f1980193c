"""Pulse Oximeter Service: saturation, pulse and perfusion, as far as the oximeter itself believes them.

Of a continuous measurement the usual average is taken: the fast and the slow one are of the same moment.
"""

from dataclasses import replace
from typing import Final

from edge.readings.reading import DOUBTFUL, UNSURE, Entry, Missing, Reading, Withheld, entry, named, worst
from vitals.gatt.pulse_oximeter import DeviceAndSensorStatus as Sensor
from vitals.gatt.pulse_oximeter import MeasurementStatus as Status
from vitals.gatt.pulse_oximeter import Saturation
from vitals.gatt.pulse_oximeter_continuous import Continuous
from vitals.gatt.pulse_oximeter_spot_check import SpotCheck
from vitals.gatt.sfloat import Quantity

__all__ = ["read_continuous", "read_spot_check"]


def read_continuous(measurement: Continuous) -> tuple[Reading, ...]:
    """Return one second's values."""
    index = measurement.pulse_amplitude_index_percent
    return (_reading(measurement.normal, index, measurement.measurement_status, measurement.sensor_status),)


def read_spot_check(check: SpotCheck) -> tuple[Reading, ...]:
    """Return one finger's values, with the oximeter's date."""
    reading = _reading(
        check.saturation, check.pulse_amplitude_index_percent, check.measurement_status, check.sensor_status
    )
    dated_ms = check.time_stamp.milliseconds() if check.time_stamp else None
    is_set = check.clock_is_set and (check.time_stamp is None or dated_ms is not None)
    return (replace(reading, dated_ms=dated_ms, clock_is_set=is_set),)


def _reading(
    saturation: Saturation, index: Quantity | None, status: Status | None, sensor: Sensor | None
) -> Reading:
    quality = min(
        (
            found
            for found in (worst(status, _STATUS_QUALITY), worst(sensor, _SENSOR_QUALITY))
            if found is not None
        ),
        default=None,
    )
    entries = (
        *entry("oxygen_saturation", saturation.spo2_percent, quality=quality),
        *entry("pulse_rate", saturation.pulse_rate_bpm, quality=quality),
        *entry("perfusion_index", index, quality=quality),
    )
    reason = _withheld(status, sensor)
    return Reading(
        entries=_without_values(entries, reason) if reason else entries,
        on_body=None if sensor is None else not sensor & _OFF,
        conditions=named(sensor, _CONDITIONS),
    )


def _withheld(status: Status | None, sensor: Sensor | None) -> Withheld | None:
    if status is not None and status & _NOT_REAL:
        return Withheld.NOT_THE_WEARERS
    if sensor is not None and sensor & _OFF:
        return Withheld.SENSOR_OFF
    is_invalid = (status is not None and status & _INVALID) or (sensor is not None and sensor & _NO_SIGNAL)
    return Withheld.INVALID if is_invalid else None


def _without_values(entries: tuple[Entry, ...], reason: Withheld) -> tuple[Entry, ...]:
    return tuple(Missing(kind=told.kind, reason=reason) for told in entries)


_NOT_REAL: Final = Status.DATA_FOR_DEMONSTRATION | Status.DATA_FOR_TESTING
_INVALID: Final = Status.INVALID_MEASUREMENT_DETECTED | Status.MEASUREMENT_UNAVAILABLE
_OFF: Final = Sensor.SENSOR_UNCONNECTED_TO_USER | Sensor.SENSOR_DISCONNECTED
_NO_SIGNAL: Final = (
    Sensor.EQUIPMENT_MALFUNCTION_DETECTED
    | Sensor.INADEQUATE_SIGNAL_DETECTED
    | Sensor.NONPULSATILE_SIGNAL_DETECTED
    | Sensor.SENSOR_MALFUNCTIONING
)
_STATUS_QUALITY: Final = (
    (Status.QUESTIONABLE_MEASUREMENT_DETECTED, DOUBTFUL),
    (Status.CALIBRATION_ONGOING, DOUBTFUL),
    (Status.EARLY_ESTIMATED_DATA, UNSURE),
    (Status.FULLY_QUALIFIED_DATA, 1.0),
)
_SENSOR_QUALITY: Final = (
    (Sensor.SIGNAL_PROCESSING_IRREGULARITY_DETECTED, DOUBTFUL),
    (Sensor.POOR_SIGNAL_DETECTED, DOUBTFUL),
    (Sensor.ERRATIC_SIGNAL_DETECTED, DOUBTFUL),
    (Sensor.QUESTIONABLE_PULSE_DETECTED, DOUBTFUL),
    (Sensor.SENSOR_INTERFERENCE_DETECTED, DOUBTFUL),
    (Sensor.SENSOR_DISPLACED, DOUBTFUL),
    (Sensor.LOW_PERFUSION_DETECTED, UNSURE),
)
_CONDITIONS: Final = (
    (Sensor.EQUIPMENT_MALFUNCTION_DETECTED, "device-fault"),
    (Sensor.SENSOR_MALFUNCTIONING, "sensor-malfunction"),
    (Sensor.UNKNOWN_SENSOR_CONNECTED, "sensor-type-incorrect"),
)
