"""Health Thermometer Service: a temperature, in either unit, with the thermometer's date."""

from dataclasses import replace
from typing import Final

from edge.readings.reading import DOUBTFUL, Entry, Missing, Reading, Withheld, entry
from vitals.gatt.temperature_measurement import Temperature, TemperatureType, TemperatureUnit

__all__ = ["read", "read_intermediate"]

_KIND: Final = "body_temperature"
_FREEZING_F: Final = 32.0
_CELSIUS_PER_FAHRENHEIT: Final = 5 / 9
_OF_THE_SKIN: Final = (TemperatureType.FINGER, TemperatureType.TOE)


def read(temperature: Temperature) -> tuple[Reading, ...]:
    """Return a measurement in degrees Celsius; that of a finger or a toe is of the skin, and only shown."""
    quality = DOUBTFUL if temperature.temperature_type in _OF_THE_SKIN else None
    told = entry(_KIND, temperature.value, quality=quality)
    if temperature.unit is TemperatureUnit.FAHRENHEIT:
        told = tuple(map(_celsius, told))
    stamp = temperature.time_stamp
    dated_ms = stamp.milliseconds() if stamp else None
    return (Reading(entries=told, dated_ms=dated_ms, clock_is_set=stamp is None or dated_ms is not None),)


def read_intermediate(_: Temperature) -> tuple[Reading, ...]:
    """Return that there is no value yet: the measurement comes when it has settled."""
    return (Reading(entries=(Missing(kind=_KIND, reason=Withheld.INTERMEDIATE),)),)


def _celsius(told: Entry) -> Entry:
    if isinstance(told, Missing):
        return told
    return replace(told, value=(told.value - _FREEZING_F) * _CELSIUS_PER_FAHRENHEIT)
