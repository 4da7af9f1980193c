"""How NEWS2 went over weeks: scored at the end of each hour in which anything was measured, as a range."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from cloud.early_warning.history import HOUR_MS
from cloud.ports import Facts
from vitals.errors import NotApplicableError
from vitals.scores.news2 import CURRENT_FOR_MS, News2, news2
from vitals.scores.tables import Measured

__all__ = ["EMERGENCY", "URGENT", "NewsCourse", "NewsHour", "news_course"]

URGENT: Final = 5
EMERGENCY: Final = 7
"""Totals from which somebody should look soon, and at once (RCP 2017, chart 4)."""


@dataclass(frozen=True, slots=True)
class NewsHour:
    """The score at the end of an hour: `lowest` if what is missing were normal, `highest` at its worst."""

    t_ms: int
    lowest: int
    highest: int
    has_three: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsCourse:
    """The hours that could be scored, oldest first; `missing` are parameters that were never known.

    `is_refused`: the chart was not made for this person.
    """

    hours: tuple[NewsHour, ...] = ()
    missing: tuple[str, ...] = ()
    assumes_adult: bool = False
    is_refused: bool = False

    @property
    def worst(self) -> NewsHour | None:
        """The first of the hours with the highest score that is certain."""
        return max(self.hours, key=lambda hour: hour.lowest, default=None)

    def from_score(self, least: int) -> int:
        """Return how many hours certainly had a score of `least` or more."""
        return sum(1 for hour in self.hours if hour.lowest >= least)


def news_course(
    means: Mapping[str, Mapping[int, float]], facts_at: Callable[[int], Facts], from_ms: int
) -> NewsCourse:
    """Score the hours from `from_ms` on; `means` are of whole hours, by quantity and by their beginning.

    Hours before count as long as the chart lets a value stand.
    """
    hours, ever, assumes_adult = [], set[str](), False
    last: dict[str, tuple[int, float]] = {}
    for begin_ms in sorted({each for of_one in means.values() for each in of_one}):
        last |= {key: (begin_ms, of_one[begin_ms]) for key, of_one in means.items() if begin_ms in of_one}
        if begin_ms < from_ms - HOUR_MS:
            continue
        score = _scored(last, begin_ms, facts_at(begin_ms + HOUR_MS))
        if score is None:
            return NewsCourse(is_refused=True)
        assumes_adult = assumes_adult or score.assumes_adult
        ever |= {part.key for part in score.parts if part.is_current}
        hours.append(
            NewsHour(begin_ms + HOUR_MS, score.lowest, score.highest, has_three=bool(score.single_threes))
        )
    every = tuple(part.key for part in news2({}, age_years=None).parts)
    return NewsCourse(
        hours=tuple(hours),
        missing=tuple(key for key in every if key not in ever),
        assumes_adult=assumes_adult,
    )


def _scored(last: Mapping[str, tuple[int, float]], begin_ms: int, facts: Facts) -> News2 | None:
    measured = {
        key: Measured(value=value, age_ms=begin_ms - at_ms)
        for key, (at_ms, value) in last.items()
        if begin_ms - at_ms <= CURRENT_FOR_MS
    }
    try:
        return news2(
            measured | facts.told(begin_ms + HOUR_MS),
            age_years=facts.age_years,
            spo2_scale=facts.spo2_scale,
            is_pregnant=facts.is_pregnant,
        )
    except NotApplicableError:
        return None
