"""Glucose Measurement (0x2A18), Glucose Service 1.0.1 section 3.1: one drop of blood, stored by number."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import TYPE_CHECKING, Final

from vitals.gatt import date_time
from vitals.gatt.octets import Octets, fitting
from vitals.gatt.sfloat import Quantity, put_sfloat, take_sfloat

if TYPE_CHECKING:
    from vitals.gatt.date_time import DateTime

NAME = "Glucose Measurement"
OFFSETS_BEYOND: Final = frozenset({0x7FFF, -0x8000})
"""Minutes that stand for an offset larger, or smaller, than the field holds: overrun and underrun."""


class ConcentrationUnit(IntEnum):
    """What a concentration counts."""

    KG_PER_L = 0
    MOL_PER_L = 1


class FluidType(IntEnum):
    """What was measured; other numbers are reserved and kept as they are."""

    CAPILLARY_WHOLE_BLOOD = 1
    CAPILLARY_PLASMA = 2
    VENOUS_WHOLE_BLOOD = 3
    VENOUS_PLASMA = 4
    ARTERIAL_WHOLE_BLOOD = 5
    ARTERIAL_PLASMA = 6
    UNDETERMINED_WHOLE_BLOOD = 7
    UNDETERMINED_PLASMA = 8
    INTERSTITIAL_FLUID = 9
    CONTROL_SOLUTION = 10


class SampleLocation(IntEnum):
    """Where it was taken; other numbers are reserved and kept as they are."""

    FINGER = 1
    ALTERNATE_SITE = 2
    EARLOBE = 3
    CONTROL_SOLUTION = 4
    NOT_AVAILABLE = 15


class SensorStatus(IntFlag):
    """Sensor Status Annunciation; bits 12 to 15 are reserved."""

    DEVICE_BATTERY_LOW = 1 << 0
    SENSOR_MALFUNCTION = 1 << 1
    SAMPLE_SIZE_INSUFFICIENT = 1 << 2
    STRIP_INSERTION_ERROR = 1 << 3
    STRIP_TYPE_INCORRECT = 1 << 4
    RESULT_TOO_HIGH = 1 << 5
    RESULT_TOO_LOW = 1 << 6
    TEMPERATURE_TOO_HIGH = 1 << 7
    TEMPERATURE_TOO_LOW = 1 << 8
    READ_INTERRUPTED = 1 << 9
    GENERAL_DEVICE_FAULT = 1 << 10
    TIME_FAULT = 1 << 11


@dataclass(frozen=True, slots=True, kw_only=True)
class Concentration:
    """How much glucose, of what and from where (each 0 to 15)."""

    value: Quantity
    unit: ConcentrationUnit
    fluid_type: int
    sample_location: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Glucose:
    """One stored measurement; it was taken at `base_time` plus the offset a person has set since.

    With one of `OFFSETS_BEYOND` the moment is not known.
    """

    sequence_number: int
    base_time: DateTime
    time_offset_min: int | None = None
    concentration: Concentration | None = None
    sensor_status: SensorStatus | None = None
    context_follows: bool = False


class Flags(IntFlag):
    """The Flags field; its three high bits are reserved for future use."""

    TIME_OFFSET = 1 << 0
    CONCENTRATION = 1 << 1
    MOL_PER_L = 1 << 2
    SENSOR_STATUS = 1 << 3
    CONTEXT_FOLLOWS = 1 << 4


def decode(value: bytes) -> Glucose:
    """Decode a notified value; reserved bits are ignored, as the specification asks."""
    octets = Octets(NAME, value)
    flags = Flags(octets.uint(1, "Flags"))
    unit = ConcentrationUnit.MOL_PER_L if Flags.MOL_PER_L in flags else ConcentrationUnit.KG_PER_L
    glucose = Glucose(
        sequence_number=octets.uint(2, "Sequence Number"),
        base_time=date_time.take(octets, "Base Time"),
        time_offset_min=octets.sint(2, "Time Offset") if Flags.TIME_OFFSET in flags else None,
        concentration=_take_concentration(octets, unit) if Flags.CONCENTRATION in flags else None,
        sensor_status=(
            SensorStatus(octets.uint(2, "Sensor Status Annunciation") & _STATUS)
            if Flags.SENSOR_STATUS in flags
            else None
        ),
        context_follows=Flags.CONTEXT_FOLLOWS in flags,
    )
    octets.finish()
    return glucose


def encode(glucose: Glucose) -> bytes:
    """Encode a measurement to 1 mg/dL or 0.1 mmol/L; raise `ValueError` for what does not fit."""
    flags = Flags.CONTEXT_FOLLOWS if glucose.context_follows else Flags(0)
    fields = fitting(glucose.sequence_number, 16, "Sequence Number").to_bytes(2, "little")
    fields += date_time.encode(glucose.base_time)
    if glucose.time_offset_min is not None:
        flags |= Flags.TIME_OFFSET
        fields += _encode_offset(glucose.time_offset_min)
    if glucose.concentration is not None:
        flags |= Flags.CONCENTRATION
        if glucose.concentration.unit is ConcentrationUnit.MOL_PER_L:
            flags |= Flags.MOL_PER_L
        fields += _encode_concentration(glucose.concentration)
    if glucose.sensor_status is not None:
        flags |= Flags.SENSOR_STATUS
        fields += glucose.sensor_status.to_bytes(2, "little")
    return bytes([flags]) + fields


_STATUS: Final = 0x0FFF
_RESOLUTION: Final = {ConcentrationUnit.KG_PER_L: 1e-5, ConcentrationUnit.MOL_PER_L: 1e-4}
"""1 mg/dL and 0.1 mmol/L, as meters show them."""
_OFFSET_MIN: Final = 1 << 15


def _take_concentration(octets: Octets, unit: ConcentrationUnit) -> Concentration:
    value = take_sfloat(octets, "Glucose Concentration")
    type_and_location = octets.uint(1, "Type-Sample Location")
    return Concentration(
        value=value, unit=unit, fluid_type=type_and_location & 0xF, sample_location=type_and_location >> 4
    )


def _encode_concentration(concentration: Concentration) -> bytes:
    fluid_type = fitting(concentration.fluid_type, 4, "Type")
    location = fitting(concentration.sample_location, 4, "Sample Location")
    value = put_sfloat(concentration.value, resolution=_RESOLUTION[concentration.unit])
    return value + bytes([location << 4 | fluid_type])


def _encode_offset(minutes: int) -> bytes:
    if not -_OFFSET_MIN <= minutes < _OFFSET_MIN:
        raise ValueError(f"Time Offset is -32768 to 32767 minutes on the wire: {minutes} cannot be encoded")
    return minutes.to_bytes(2, "little", signed=True)
