"""Glucose Service: one drop of blood, stored in the meter under a number."""

from typing import Final

from edge.readings.reading import (
    DOUBTFUL,
    Beyond,
    Entry,
    Missing,
    Reading,
    Withheld,
    beyond,
    entry,
    named,
    worst,
)
from vitals.gatt.glucose_measurement import (
    OFFSETS_BEYOND,
    Concentration,
    ConcentrationUnit,
    FluidType,
    Glucose,
    SampleLocation,
    SensorStatus,
)
from vitals.gatt.glucose_measurement_context import GlucoseContext
from vitals.glucose import GLUCOSE_G_PER_MOL

__all__ = ["read", "read_context"]

_KIND: Final = "blood_glucose"
_MG_DL: Final = {ConcentrationUnit.KG_PER_L: 1e5, ConcentrationUnit.MOL_PER_L: GLUCOSE_G_PER_MOL * 100}
"""What one kg/L and one mol/L are in mg/dL."""
_MINUTE_MS: Final = 60_000


def read(glucose: Glucose) -> tuple[Reading, ...]:
    """Return a stored measurement in mg/dL, dated as the meter showed it then."""
    shown_ms = _shown_ms(glucose)
    status = glucose.sensor_status
    return (
        Reading(
            entries=(
                (Missing(kind=_KIND, reason=Withheld.NO_NUMBER),)
                if glucose.concentration is None
                else _entries(glucose.concentration, worst(status, _QUALITY))
            ),
            dated_ms=shown_ms,
            clock_is_set=shown_ms is not None and not (status or 0) & SensorStatus.TIME_FAULT,
            number=glucose.sequence_number,
            conditions=named(status if status is not None else SensorStatus(0), _CONDITIONS),
            beyond=_beyond(glucose),
        ),
    )


def read_context(_: GlucoseContext) -> tuple[Reading, ...]:
    """Return nothing: meal, exercise and medication are a diary and not measured; they are counted."""
    return ()


def _shown_ms(glucose: Glucose) -> int | None:
    base_ms, offset_min = glucose.base_time.milliseconds(), glucose.time_offset_min or 0
    if base_ms is None or offset_min in OFFSETS_BEYOND:
        return None
    return base_ms + offset_min * _MINUTE_MS


def _beyond(glucose: Glucose) -> Beyond | None:
    told, status = glucose.concentration, glucose.sensor_status
    if worst(status, _QUALITY) == 0.0 or (told is not None and _is_control(told)):
        return None
    return beyond(told.value if told else None, status, _BEYOND)


def _is_control(told: Concentration) -> bool:
    return (
        told.fluid_type == FluidType.CONTROL_SOLUTION
        or told.sample_location == SampleLocation.CONTROL_SOLUTION
    )


def _entries(told: Concentration, quality: float | None) -> tuple[Entry, ...]:
    if _is_control(told):
        return (Missing(kind=_KIND, reason=Withheld.NOT_THE_WEARERS),)
    return entry(_KIND, told.value, factor=_MG_DL[told.unit], quality=quality)


_QUALITY: Final = (
    (SensorStatus.SENSOR_MALFUNCTION, 0.0),
    (SensorStatus.SAMPLE_SIZE_INSUFFICIENT, 0.0),
    (SensorStatus.STRIP_INSERTION_ERROR, 0.0),
    (SensorStatus.STRIP_TYPE_INCORRECT, 0.0),
    (SensorStatus.READ_INTERRUPTED, 0.0),
    (SensorStatus.GENERAL_DEVICE_FAULT, 0.0),
    (SensorStatus.TEMPERATURE_TOO_HIGH, DOUBTFUL),
    (SensorStatus.TEMPERATURE_TOO_LOW, DOUBTFUL),
)
"""A result beyond what the meter can measure is none of these: it may be what matters most."""
_BEYOND: Final = ((SensorStatus.RESULT_TOO_LOW, Beyond.BELOW), (SensorStatus.RESULT_TOO_HIGH, Beyond.ABOVE))
_CONDITIONS: Final = (
    (SensorStatus.DEVICE_BATTERY_LOW, "battery-low"),
    (SensorStatus.SENSOR_MALFUNCTION, "sensor-malfunction"),
    (SensorStatus.GENERAL_DEVICE_FAULT, "device-fault"),
)
