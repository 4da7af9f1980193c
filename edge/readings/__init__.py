"""What becomes of each characteristic's measurements: one row each, from the decoded value to readings.

Adding one is a small pure module here and a row of `SOURCES`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from edge.readings import blood_pressure, cgm, glucose, heart_rate, oximeter, scale, steps, thermometer
from edge.readings.reading import Beyond, Missing, Reading, Value, Withheld
from vitals.gatt import uuids

__all__ = ["SOURCES", "Beyond", "Missing", "Reading", "Source", "Value", "Withheld"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One row: how a characteristic is read, and what is missing when it is not there.

    `kinds` begins with what it is there for. A source that `streams` keeps telling while it is worn, so
    that a silence is a gap; the readings of a `numbered` one are stored records.
    """

    read: Callable[[Any], tuple[Reading, ...]]
    kinds: tuple[str, ...]
    streams: bool = False
    numbered: bool = False


SOURCES: Final[Mapping[str, Source]] = MappingProxyType(
    {
        uuids.HEART_RATE_MEASUREMENT: Source(
            read=heart_rate.read, kinds=("heart_rate", "rr_interval", "energy_expended"), streams=True
        ),
        uuids.PLX_CONTINUOUS_MEASUREMENT: Source(
            read=oximeter.read_continuous,
            kinds=("oxygen_saturation", "pulse_rate", "perfusion_index"),
            streams=True,
        ),
        uuids.PLX_SPOT_CHECK_MEASUREMENT: Source(
            read=oximeter.read_spot_check, kinds=("oxygen_saturation", "pulse_rate", "perfusion_index")
        ),
        uuids.TEMPERATURE_MEASUREMENT: Source(read=thermometer.read, kinds=("body_temperature",)),
        uuids.INTERMEDIATE_TEMPERATURE: Source(read=thermometer.read_intermediate, kinds=()),
        uuids.BLOOD_PRESSURE_MEASUREMENT: Source(
            read=blood_pressure.read,
            kinds=("systolic_pressure", "diastolic_pressure", "mean_pressure", "pulse_rate"),
        ),
        uuids.INTERMEDIATE_CUFF_PRESSURE: Source(read=blood_pressure.read_intermediate, kinds=()),
        uuids.GLUCOSE_MEASUREMENT: Source(read=glucose.read, kinds=("blood_glucose",), numbered=True),
        uuids.GLUCOSE_MEASUREMENT_CONTEXT: Source(read=glucose.read_context, kinds=()),
        uuids.CGM_MEASUREMENT: Source(read=cgm.read, kinds=("glucose", "glucose_trend"), numbered=True),
        uuids.WEIGHT_MEASUREMENT: Source(
            read=scale.read_weight, kinds=("body_weight", "body_mass_index", "body_height")
        ),
        uuids.BODY_COMPOSITION_MEASUREMENT: Source(read=scale.read_composition, kinds=("body_fat",)),
        uuids.RSC_MEASUREMENT: Source(
            read=steps.read,
            kinds=("step_cadence", "walking_speed", "stride_length", "walking_distance"),
            streams=True,
        ),
    }
)
