"""Blood Pressure Measurement (0x2A35) and Intermediate Cuff Pressure (0x2A36), Blood Pressure Service 1.1.

An intermediate value has the cuff's present pressure in place of the systolic, and NaN for the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import TYPE_CHECKING, Final

from vitals.gatt import date_time
from vitals.gatt.octets import Octets, fitting
from vitals.gatt.sfloat import Quantity, put_sfloat, take_sfloat

if TYPE_CHECKING:
    from vitals.gatt.date_time import DateTime

NAME = "Blood Pressure Measurement"
INTERMEDIATE_NAME = "Intermediate Cuff Pressure"
UNKNOWN_USER: Final = 0xFF


class PressureUnit(IntEnum):
    """What the three pressures count."""

    MMHG = 0
    KPA = 1


class MeasurementStatus(IntFlag):
    """What the cuff noticed; bits 6 to 15 are reserved, and so are both pulse rate bits at once."""

    BODY_MOVEMENT_DETECTED = 1 << 0
    CUFF_TOO_LOOSE = 1 << 1
    IRREGULAR_PULSE_DETECTED = 1 << 2
    PULSE_RATE_EXCEEDS_UPPER_LIMIT = 1 << 3
    PULSE_RATE_BELOW_LOWER_LIMIT = 1 << 4
    IMPROPER_MEASUREMENT_POSITION = 1 << 5


@dataclass(frozen=True, slots=True, kw_only=True)
class BloodPressure:
    """One measurement, all pressures in `unit`; `None`: the cuff does not say."""

    systolic: Quantity
    diastolic: Quantity
    mean_arterial_pressure: Quantity
    unit: PressureUnit = PressureUnit.MMHG
    time_stamp: DateTime | None = None
    pulse_rate_bpm: Quantity | None = None
    user_id: int | None = None
    measurement_status: MeasurementStatus | None = None


class Flags(IntFlag):
    """The Flags field; its three high bits are reserved for future use."""

    KPA = 1 << 0
    TIME_STAMP = 1 << 1
    PULSE_RATE = 1 << 2
    USER_ID = 1 << 3
    MEASUREMENT_STATUS = 1 << 4


def decode(value: bytes) -> BloodPressure:
    """Decode an indicated value; reserved bits are ignored."""
    return _take(Octets(NAME, value))


def decode_intermediate(value: bytes) -> BloodPressure:
    """Decode a notified value on the way to the measurement; it has the same form."""
    return _take(Octets(INTERMEDIATE_NAME, value))


def encode(pressure: BloodPressure) -> bytes:
    """Encode a measurement in whole mmHg or tenths of a kPa; raise `ValueError` for what does not fit."""
    resolution = 0.1 if pressure.unit is PressureUnit.KPA else 1.0
    pressures = (pressure.systolic, pressure.diastolic, pressure.mean_arterial_pressure)
    flags = Flags.KPA if pressure.unit is PressureUnit.KPA else Flags(0)
    fields = b"".join(put_sfloat(one, resolution=resolution) for one in pressures)
    if pressure.time_stamp is not None:
        flags |= Flags.TIME_STAMP
        fields += date_time.encode(pressure.time_stamp)
    if pressure.pulse_rate_bpm is not None:
        flags |= Flags.PULSE_RATE
        fields += put_sfloat(pressure.pulse_rate_bpm)
    if pressure.user_id is not None:
        flags |= Flags.USER_ID
        fields += bytes([fitting(pressure.user_id, 8, "User ID")])
    if pressure.measurement_status is not None:
        flags |= Flags.MEASUREMENT_STATUS
        fields += pressure.measurement_status.to_bytes(2, "little")
    return bytes([flags]) + fields


_STATUS: Final = 0x003F
_PULSE_RATE_RANGE: Final = (
    MeasurementStatus.PULSE_RATE_EXCEEDS_UPPER_LIMIT | MeasurementStatus.PULSE_RATE_BELOW_LOWER_LIMIT
)


def _take(octets: Octets) -> BloodPressure:
    flags = Flags(octets.uint(1, "Flags"))
    pressure = BloodPressure(
        systolic=take_sfloat(octets, "Systolic"),
        diastolic=take_sfloat(octets, "Diastolic"),
        mean_arterial_pressure=take_sfloat(octets, "Mean Arterial Pressure"),
        unit=PressureUnit.KPA if Flags.KPA in flags else PressureUnit.MMHG,
        time_stamp=date_time.take(octets) if Flags.TIME_STAMP in flags else None,
        pulse_rate_bpm=take_sfloat(octets, "Pulse Rate") if Flags.PULSE_RATE in flags else None,
        user_id=octets.uint(1, "User ID") if Flags.USER_ID in flags else None,
        measurement_status=(_take_status(octets) if Flags.MEASUREMENT_STATUS in flags else None),
    )
    octets.finish()
    return pressure


def _take_status(octets: Octets) -> MeasurementStatus:
    """Return the next field, what is reserved of it left out: a pulse is not too fast and too slow."""
    status = MeasurementStatus(octets.uint(2, "Measurement Status") & _STATUS)
    return status & ~_PULSE_RATE_RANGE if _PULSE_RATE_RANGE in status else status
