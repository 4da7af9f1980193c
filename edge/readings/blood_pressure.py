"""Blood Pressure Service: a cuff's three pressures and pulse, and what it noticed while it measured."""

from typing import Final

from edge.readings.reading import DOUBTFUL, UNSURE, Missing, Reading, Withheld, entry, worst
from vitals.gatt.blood_pressure_measurement import BloodPressure, MeasurementStatus, PressureUnit
from vitals.gatt.sfloat import SpecialValue

__all__ = ["read", "read_intermediate"]

_MMHG_PER_KPA: Final = 1000 / 133.322387415
"""NIST SP 811: a conventional millimetre of mercury is 133.322387415 Pa."""


def read(pressure: BloodPressure) -> tuple[Reading, ...]:
    """Return a measurement in mmHg; a mean the cuff does not work out is not missing."""
    factor = _MMHG_PER_KPA if pressure.unit is PressureUnit.KPA else 1.0
    status = pressure.measurement_status
    quality = worst(status, _QUALITY)
    mean = pressure.mean_arterial_pressure
    stamp = pressure.time_stamp
    dated_ms = stamp.milliseconds() if stamp else None
    return (
        Reading(
            entries=(
                *entry("systolic_pressure", pressure.systolic, factor=factor, quality=quality),
                *entry("diastolic_pressure", pressure.diastolic, factor=factor, quality=quality),
                *entry(
                    "mean_pressure",
                    None if isinstance(mean, SpecialValue) else mean,
                    factor=factor,
                    quality=quality,
                ),
                *entry("pulse_rate", pressure.pulse_rate_bpm, quality=worst(status, _PULSE_QUALITY)),
            ),
            dated_ms=dated_ms,
            clock_is_set=stamp is None or dated_ms is not None,
        ),
    )


def read_intermediate(_: BloodPressure) -> tuple[Reading, ...]:
    """Return that there is no value yet: the cuff's own pressure is not the wearer's."""
    return (Reading(entries=(Missing(kind="systolic_pressure", reason=Withheld.INTERMEDIATE),)),)


_QUALITY: Final = (
    (MeasurementStatus.BODY_MOVEMENT_DETECTED, DOUBTFUL),
    (MeasurementStatus.CUFF_TOO_LOOSE, DOUBTFUL),
    (MeasurementStatus.IMPROPER_MEASUREMENT_POSITION, DOUBTFUL),
    (MeasurementStatus.IRREGULAR_PULSE_DETECTED, UNSURE),
)
"""An irregular pulse makes a cuff less sure (ESH 2021), and hides no crisis."""
_PULSE_QUALITY: Final = (
    *_QUALITY,
    (MeasurementStatus.PULSE_RATE_EXCEEDS_UPPER_LIMIT, DOUBTFUL),
    (MeasurementStatus.PULSE_RATE_BELOW_LOWER_LIMIT, DOUBTFUL),
)
