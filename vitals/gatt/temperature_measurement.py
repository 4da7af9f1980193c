"""Temperature Measurement (0x2A1C) and Intermediate Temperature (0x2A1E), Health Thermometer Service 1.0."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import TYPE_CHECKING

from vitals.gatt import date_time
from vitals.gatt.octets import Octets, fitting
from vitals.gatt.sfloat import Quantity, put_float, take_float

if TYPE_CHECKING:
    from vitals.gatt.date_time import DateTime

NAME = "Temperature Measurement"
INTERMEDIATE_NAME = "Intermediate Temperature"


class TemperatureUnit(IntEnum):
    """What the number counts."""

    CELSIUS = 0
    FAHRENHEIT = 1


class TemperatureType(IntEnum):
    """Where it was taken; Temperature Type (0x2A1D). Other numbers are reserved and kept as they are."""

    ARMPIT = 1
    BODY = 2
    EAR = 3
    FINGER = 4
    GASTROINTESTINAL_TRACT = 5
    MOUTH = 6
    RECTUM = 7
    TOE = 8
    TYMPANUM = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Temperature:
    """One measurement, final or on its way; `temperature_type` is a `TemperatureType` where one is known."""

    value: Quantity
    unit: TemperatureUnit = TemperatureUnit.CELSIUS
    time_stamp: DateTime | None = None
    temperature_type: int | None = None


class Flags(IntFlag):
    """The Flags field; its five high bits are reserved for future use."""

    FAHRENHEIT = 1 << 0
    TIME_STAMP = 1 << 1
    TEMPERATURE_TYPE = 1 << 2


def decode(value: bytes) -> Temperature:
    """Decode an indicated value; reserved bits are ignored."""
    return _take(Octets(NAME, value))


def decode_intermediate(value: bytes) -> Temperature:
    """Decode a notified value on the way to the measurement; it has the same form."""
    return _take(Octets(INTERMEDIATE_NAME, value))


def encode(temperature: Temperature) -> bytes:
    """Encode a measurement in tenths of a degree; raise `ValueError` for a number no FLOAT holds."""
    flags, fields = Flags(0), put_float(temperature.value, resolution=0.1)
    if temperature.unit is TemperatureUnit.FAHRENHEIT:
        flags |= Flags.FAHRENHEIT
    if temperature.time_stamp is not None:
        flags |= Flags.TIME_STAMP
        fields += date_time.encode(temperature.time_stamp)
    if temperature.temperature_type is not None:
        flags |= Flags.TEMPERATURE_TYPE
        fields += bytes([fitting(temperature.temperature_type, 8, "Temperature Type")])
    return bytes([flags]) + fields


def _take(octets: Octets) -> Temperature:
    flags = Flags(octets.uint(1, "Flags"))
    temperature = Temperature(
        value=take_float(octets, "Temperature Measurement Value"),
        unit=TemperatureUnit.FAHRENHEIT if Flags.FAHRENHEIT in flags else TemperatureUnit.CELSIUS,
        time_stamp=date_time.take(octets) if Flags.TIME_STAMP in flags else None,
        temperature_type=(octets.uint(1, "Temperature Type") if Flags.TEMPERATURE_TYPE in flags else None),
    )
    octets.finish()
    return temperature
