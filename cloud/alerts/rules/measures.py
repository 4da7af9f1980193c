"""In what a row's quantities are told, and between what they can be: one row for each sort of row."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cloud.alerts.rules.rows import LimitRule, RateRule, Rule
from cloud.alerts.rules.scoring import BaselineRule, Counted, Score, ScoreRule
from vitals.kinds import OBSERVATION_KINDS

__all__ = ["Measure", "measure_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What is told, in a sentence; its unit as people read it; the least and the most it can be."""

    what: str
    unit: str
    least: float
    most: float
    is_whole: bool = False

    def can_be(self, value: float) -> bool:
        """Tell whether anybody can come to a value."""
        return self.least <= value <= self.most and (not self.is_whole or float(value).is_integer())


def _value(row: LimitRule) -> Measure:
    kind = OBSERVATION_KINDS[row.kind]
    least, most = kind.plausible
    return Measure(what=kind.display.lower(), unit=kind.unit_display or kind.ucum, least=least, most=most)


def _change(row: RateRule) -> Measure:
    value = _value(row)
    widest = value.most - value.least
    return Measure(what=f"a change of {value.what}", unit=value.unit, least=-widest, most=widest)


def _points(row: ScoreRule) -> Measure:
    most = _MOST_OF_ONE if row.counted is Counted.SINGLE else _MOST_POINTS[row.score]
    return Measure(what=row.score, unit="points", least=0, most=most, is_whole=True)


def _spreads(row: BaselineRule) -> Measure:
    what = f"the distance of {OBSERVATION_KINDS[row.kind].display.lower()} from what is usual"
    return Measure(what=what, unit="spreads", least=0, most=_MOST_SPREADS)


_MOST_POINTS: Final = {Score.NEWS2: 20, Score.MEWS: 14}
"""If every parameter gave all it can: of NEWS2 (RCP 2017) and MEWS (Subbe et al. 2001)."""
_MOST_OF_ONE: Final = 3
_MOST_SPREADS: Final = 20.0
_BY_SORT: Final[tuple[tuple[type[Rule], Callable[..., Measure]], ...]] = (
    (RateRule, _change),
    (LimitRule, _value),
    (ScoreRule, _points),
    (BaselineRule, _spreads),
)
"""The nearest sort first."""


def measure_of(row: Rule) -> Measure | None:
    """Return in what the limits of a row are; None if it has none."""
    return next((measure(row) for sort, measure in _BY_SORT if isinstance(row, sort)), None)
