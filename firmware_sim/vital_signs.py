"""What can be measured of a wearer, and where it lies in a healthy adult at rest.

A row bounds each part of a quantity: the person's own offset, its drift over minutes and its swing over the
day, so that what a scenario promises holds for every seed. Units stand in the names; clinical limits do not
belong here, only what a living body can show.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

__all__ = ["QUANTITIES", "Posture", "Quantity", "QuantityRow", "VitalSigns"]


class Posture(StrEnum):
    """How the trunk is held."""

    STANDING = "standing"
    SITTING = "sitting"
    LYING = "lying"


@dataclass(frozen=True, slots=True, kw_only=True)
class VitalSigns:
    """One patient at one moment; the heart rate is that of the last seconds' beats, as on a monitor."""

    heart_rate_bpm: float
    respiratory_rate_bpm: float
    oxygen_saturation_percent: float
    perfusion_index_percent: float
    body_temperature_c: float
    systolic_mmhg: float
    diastolic_mmhg: float
    glucose_mg_dl: float
    weight_kg: float
    body_fat_percent: float
    activity: float
    sweating: float
    tremor: float
    steps_total: int
    posture: Posture
    on_skin: bool
    in_reach: bool


class Quantity(StrEnum):
    """What has a course over time; the value is the name of the field in `VitalSigns` where it is one."""

    HEART_RATE = "heart_rate_bpm"
    RESPIRATORY_RATE = "respiratory_rate_bpm"
    OXYGEN_SATURATION = "oxygen_saturation_percent"
    PERFUSION_INDEX = "perfusion_index_percent"
    BODY_TEMPERATURE = "body_temperature_c"
    SYSTOLIC = "systolic_mmhg"
    DIASTOLIC = "diastolic_mmhg"
    GLUCOSE = "glucose_mg_dl"
    WEIGHT = "weight_kg"
    BODY_FAT = "body_fat_percent"
    ACTIVITY = "activity"  # share of the greatest work, 0..1
    SWEATING = "sweating"  # 0..1
    TREMOR = "tremor"  # 0..1
    RESTLESSNESS = "restlessness"  # movement on the spot, 0..1
    LYING = "lying"  # 0 sitting, 1 lying
    VARIABILITY = "variability"  # of the RR intervals, over that of an adult awake at rest


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantityRow:
    """One quantity at rest: `rest`, give or take `person`, `drift` and `daily` at most, within the limits."""

    quantity: Quantity
    rest: float
    lowest: float
    highest: float
    person: float = 0.0
    drift: float = 0.0
    drift_periods_s: tuple[float, float] = (40.0, 900.0)
    daily: float = 0.0
    daily_peak_h: float = 17.0
    source: str = "defines the scale"


_ROWS: Final = (
    QuantityRow(
        quantity=Quantity.HEART_RATE,
        rest=64.0,
        person=5.0,
        drift=3.0,
        daily=3.0,
        daily_peak_h=15.0,
        lowest=25.0,
        highest=205.0,
        source="Palatini, Hypertension 1999;33:622-625; highest: Tanaka et al., JACC 2001;37:153-156",
    ),
    QuantityRow(
        quantity=Quantity.RESPIRATORY_RATE,
        rest=15.4,
        person=1.0,
        drift=0.9,
        drift_periods_s=(15.0, 300.0),
        lowest=4.0,
        highest=60.0,
        source="Royal College of Physicians, NEWS2 2017: 12-20 scores nothing",
    ),
    QuantityRow(
        quantity=Quantity.OXYGEN_SATURATION,
        rest=97.4,
        person=0.5,
        drift=0.6,
        drift_periods_s=(30.0, 600.0),
        lowest=50.0,
        highest=100.0,
        source="Royal College of Physicians, NEWS2 2017: 96 and above scores nothing",
    ),
    QuantityRow(
        quantity=Quantity.PERFUSION_INDEX,
        rest=1.8,
        person=0.5,
        drift=0.3,
        drift_periods_s=(30.0, 900.0),
        daily=0.2,
        lowest=0.1,
        highest=15.0,
        source="Lima et al., Crit Care Med 2002;30:1210-1213: fingers, median 1.4, 0.7-3.0",
    ),
    QuantityRow(
        quantity=Quantity.BODY_TEMPERATURE,
        rest=36.8,
        person=0.15,
        drift=0.05,
        drift_periods_s=(1800.0, 7200.0),
        daily=0.25,
        daily_peak_h=17.0,
        lowest=32.0,
        highest=42.5,
        source="Mackowiak et al., JAMA 1992;268:1578-1580: mean 36.8, swing 0.5, highest at 16 to 18 h",
    ),
    QuantityRow(
        quantity=Quantity.SYSTOLIC,
        rest=120.0,
        person=4.0,
        drift=3.0,
        drift_periods_s=(30.0, 1200.0),
        daily=4.0,
        daily_peak_h=15.0,
        lowest=60.0,
        highest=270.0,
        source="AHA/ACC 2017 guideline: normal; swing: Millar-Craig et al., Lancet 1978;1:795-797",
    ),
    QuantityRow(
        quantity=Quantity.DIASTOLIC,
        rest=75.0,
        person=3.0,
        drift=2.0,
        drift_periods_s=(30.0, 1200.0),
        daily=3.0,
        daily_peak_h=15.0,
        lowest=35.0,
        highest=160.0,
        source="AHA/ACC 2017 guideline: normal below 80",
    ),
    QuantityRow(
        quantity=Quantity.GLUCOSE,
        rest=90.0,
        person=5.0,
        drift=5.0,
        drift_periods_s=(1200.0, 7200.0),
        lowest=20.0,
        highest=500.0,
        source="Freckmann et al., J Diabetes Sci Technol 2007;1:695-703: healthy adults around the clock",
    ),
    QuantityRow(
        quantity=Quantity.WEIGHT,
        rest=74.0,
        person=14.0,
        daily=0.4,
        daily_peak_h=20.0,
        lowest=30.0,
        highest=250.0,
        source="an adult; swing by food and drink",
    ),
    QuantityRow(
        quantity=Quantity.BODY_FAT,
        rest=26.0,
        person=6.0,
        drift=0.1,
        lowest=3.0,
        highest=60.0,
        source="Gallagher et al., Am J Clin Nutr 2000;72:694-701: healthy ranges",
    ),
    QuantityRow(quantity=Quantity.ACTIVITY, rest=0.0, lowest=0.0, highest=1.0),
    QuantityRow(quantity=Quantity.SWEATING, rest=0.0, lowest=0.0, highest=1.0),
    QuantityRow(quantity=Quantity.TREMOR, rest=0.0, lowest=0.0, highest=1.0),
    QuantityRow(quantity=Quantity.RESTLESSNESS, rest=0.05, lowest=0.0, highest=1.0),
    QuantityRow(quantity=Quantity.LYING, rest=0.0, lowest=0.0, highest=1.0),
    QuantityRow(quantity=Quantity.VARIABILITY, rest=1.0, person=0.2, lowest=0.2, highest=3.0),
)

QUANTITIES: Final[Mapping[Quantity, QuantityRow]] = MappingProxyType({row.quantity: row for row in _ROWS})
