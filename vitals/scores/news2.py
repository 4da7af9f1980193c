"""NEWS2 over what is there: the National Early Warning Score, as a range where parameters are missing.

Source of every number: Royal College of Physicians. National Early Warning Score (NEWS) 2: Standardising the
assessment of acute-illness severity in the NHS. London, 2017, charts 1 to 4. For people of 16 years and over
who are not pregnant; SpO2 scale 2 only where a clinician prescribed it for hypercapnic respiratory failure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from vitals.errors import NotApplicableError
from vitals.scores.tables import Measured, PartScore, Row, ScoreRange, row, score_of

__all__ = ["CURRENT_FOR_MS", "NEWS2_ROWS", "YOUNGEST_YEARS", "News2", "News2Risk", "Spo2Scale", "news2"]

CURRENT_FOR_MS: Final = 12 * 3_600_000
"""The longest the chart lets pass between two sets of observations (chart 4, score 0): older is missing."""

YOUNGEST_YEARS: Final = 16
_URGENT_PART: Final = 3
_ON_OXYGEN: Final = 1.0


class Spo2Scale(StrEnum):
    """Which column of saturations applies."""

    ONE = "1"
    TWO = "2"


class News2Risk(StrEnum):
    """Clinical risk (chart 2). ``LOW_MEDIUM`` is any single parameter of 3: an urgent review of its own."""

    LOW = "low"
    LOW_MEDIUM = "low-medium"
    MEDIUM = "medium"
    HIGH = "high"


_RISKS: Final = ((7, News2Risk.HIGH), (5, News2Risk.MEDIUM))
"""Least total, and the risk it means."""


def _spo2(*bands: tuple[float | None, int]) -> Row:
    return row("oxygen_saturation", "Oxygen saturation", "%", 1.0, *bands)


_RESPIRATION = row(
    "respiratory_rate", "Respiratory rate", "/min", 1.0, (8, 3), (11, 1), (20, 0), (24, 2), (None, 3)
)
_SPO2_1 = _spo2((91, 3), (93, 2), (95, 1), (None, 0))
_SPO2_2_AIR = _spo2((83, 3), (85, 2), (87, 1), (None, 0))
_SPO2_2_OXYGEN = _spo2((83, 3), (85, 2), (87, 1), (92, 0), (94, 1), (96, 2), (None, 3))
_OXYGEN = row("supplemental_oxygen", "Supplemental oxygen", "1", 1.0, (0, 0), (None, 2))
_SYSTOLIC = row(
    "systolic_pressure",
    "Systolic blood pressure",
    "mm[Hg]",
    1.0,
    (90, 3),
    (100, 2),
    (110, 1),
    (219, 0),
    (None, 3),
)
_PULSE = row("heart_rate", "Pulse", "/min", 1.0, (40, 3), (50, 1), (90, 0), (110, 1), (130, 2), (None, 3))
_CONSCIOUSNESS = row("consciousness", "Consciousness", "{ACVPU}", 1.0, (0, 0), (None, 3))
_TEMPERATURE = row(
    "body_temperature",
    "Temperature",
    "Cel",
    0.1,
    (35.0, 3),
    (36.0, 1),
    (38.0, 0),
    (39.0, 1),
    (None, 2),
)

NEWS2_ROWS: Final = (
    _RESPIRATION,
    _SPO2_1,
    _OXYGEN,
    _SYSTOLIC,
    _PULSE,
    _CONSCIOUSNESS,
    _TEMPERATURE,
)
"""The chart, top to bottom, with scale 1. ``supplemental_oxygen`` is 1 on oxygen and 0 on air;
``consciousness`` is a ``Consciousness``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News2(ScoreRange):
    """NEWS2 as far as it is known, 0 to 20; ``assumes_adult`` where nobody told the age."""

    assumes_adult: bool

    @property
    def single_threes(self) -> tuple[PartScore, ...]:
        """The parameters that give 3 for certain: each an urgent review of its own."""
        return tuple(part for part in self.parts if part.lowest == _URGENT_PART)

    @property
    def risk(self) -> News2Risk:
        """The risk that is certain: that of the lowest score."""
        return _risk(self.lowest, has_three=bool(self.single_threes))

    @property
    def highest_risk(self) -> News2Risk:
        """The risk that what is missing may hide."""
        return _risk(self.highest, has_three=any(part.highest == _URGENT_PART for part in self.parts))


def news2(
    measured: Mapping[str, Measured],
    *,
    age_years: float | None,
    spo2_scale: Spo2Scale = Spo2Scale.ONE,
    is_pregnant: bool = False,
    current_for_ms: int = CURRENT_FOR_MS,
) -> News2:
    """Score what was measured last of each key of ``NEWS2_ROWS``; ``age_years`` is ``None`` if not known.

    Raises
    ------
    NotApplicableError
        For a child or in pregnancy, for whom the chart was not made.
    """
    if is_pregnant or (age_years is not None and age_years < YOUNGEST_YEARS):
        raise NotApplicableError(
            "NEWS2 is for people of 16 years and over who are not pregnant: use a score made for this person"
        )
    saturation = _saturation_rows(spo2_scale, measured.get("supplemental_oxygen"), current_for_ms)
    choices = [saturation if each is _SPO2_1 else (each,) for each in NEWS2_ROWS]
    found = score_of("NEWS2", choices, measured, current_for_ms=current_for_ms)
    return News2(name=found.name, parts=found.parts, assumes_adult=age_years is None)


def _saturation_rows(scale: Spo2Scale, oxygen: Measured | None, current_for_ms: int) -> tuple[Row, ...]:
    """Scale 2 reads high saturations by whether oxygen is given: by both where that is not known."""
    if scale is Spo2Scale.ONE:
        return (_SPO2_1,)
    if oxygen is None or oxygen.age_ms > current_for_ms:
        return (_SPO2_2_AIR, _SPO2_2_OXYGEN)
    return (_SPO2_2_OXYGEN,) if oxygen.value >= _ON_OXYGEN else (_SPO2_2_AIR,)


def _risk(total: int, *, has_three: bool) -> News2Risk:
    of_total = next((risk for least, risk in _RISKS if total >= least), None)
    return of_total or (News2Risk.LOW_MEDIUM if has_three else News2Risk.LOW)
