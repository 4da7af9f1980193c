"""One kind over a span as a chart draws it: how finely, where the line breaks, and what is left out. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cloud.alerts.rules.rows import Direction
from cloud.early_warning.local_time import LocalTime
from cloud.ports import Family, Priority
from vitals.features.baseline import Usual
from vitals.records import Gap, GapReason

__all__ = [
    "HOUR_MS",
    "MINUTE_MS",
    "Course",
    "LimitLine",
    "Line",
    "Marker",
    "Stretch",
    "UsualBand",
    "breaks",
    "every_ms_of",
    "shown_gaps",
    "usual_bands",
]

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
_A_MOMENT_MS: Final = MINUTE_MS
"""By which a span may be longer: one that ends now ends a moment later."""
_EACH_VALUE_UPTO_MS: Final = 2 * HOUR_MS + _A_MOMENT_MS
_MINUTES_UPTO_MS: Final = 3 * DAY_MS + _A_MOMENT_MS
_LEAST_BREAK_MS: Final = 15_000
_STEPS_MISSED: Final = 2.5
"""Points further apart than so many of the usual steps between them are not joined."""
_FINEST_SHARE: Final = 1 / 1_500
"""A gap of less of the span is narrower than what a screen can show."""
_HOURLY_UPTO_MS: Final = 3 * DAY_MS + _A_MOMENT_MS


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Line:
    """Points in columns of one length, oldest first; each alone where `count` is 1."""

    t_ms: NDArray[np.int64]
    mean: NDArray[np.float64]
    minimum: NDArray[np.float64]
    maximum: NDArray[np.float64]
    count: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A stretch that was not measured, and why."""

    from_ms: int
    to_ms: int
    reason: GapReason


@dataclass(frozen=True, slots=True, kw_only=True)
class UsualBand:
    """What is usual for the person in from <= t < to."""

    from_ms: int
    to_ms: int
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitLine:
    """A limit in force now."""

    rule: str
    direction: Direction
    limit: float
    priority: Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """An alert that was raised in the span."""

    id: str
    condition: str
    priority: Priority
    family: Family
    raised_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """All of it. `every_ms` is how much one point sums up, 0 where each value stands for itself.

    `left_out` values can be judged by nobody, `omitted` older ones are too many, and `short_gaps` are too
    short to be seen.
    """

    kind: str
    from_ms: int
    to_ms: int
    every_ms: int
    line: Line
    gaps: Sequence[Stretch]
    short_gaps: int
    usual: Sequence[UsualBand]
    limits: Sequence[LimitLine]
    markers: Sequence[Marker]
    left_out: int
    omitted: int


def every_ms_of(span_ms: int) -> int:
    """Return how much a point sums up in a span: nothing, a minute, or an hour."""
    if span_ms <= _EACH_VALUE_UPTO_MS:
        return 0
    return MINUTE_MS if span_ms <= _MINUTES_UPTO_MS else HOUR_MS


def breaks(t_ms: NDArray[np.int64], every_ms: int) -> NDArray[np.bool_]:
    """Tell of each point but the first whether the line breaks before it: nothing was measured between."""
    steps = np.diff(t_ms)
    if not len(steps):
        return np.zeros(0, np.bool_)
    least = max(_LEAST_BREAK_MS, every_ms, _STEPS_MISSED * float(np.median(steps)))
    broken: NDArray[np.bool_] = steps > least
    return broken


def shown_gaps(gaps: Iterable[Gap], from_ms: int, to_ms: int) -> tuple[list[Stretch], int]:
    """Return the gaps of a span that can be seen, those that meet as one, and how many others there are."""
    least_ms = (to_ms - from_ms) * _FINEST_SHARE
    found: list[Stretch] = []
    short = 0
    for gap in sorted(gaps, key=lambda each: each.from_ms):
        start, end = max(gap.from_ms, from_ms), min(gap.to_ms, to_ms)
        if end - start < least_ms:
            short += 1
        elif found and start <= found[-1].to_ms and gap.reason is found[-1].reason:
            found[-1] = Stretch(from_ms=found[-1].from_ms, to_ms=max(end, found[-1].to_ms), reason=gap.reason)
        else:
            found.append(Stretch(from_ms=start, to_ms=end, reason=gap.reason))
    return found, short


def usual_bands(
    by_hour: Mapping[int, Usual], from_ms: int, to_ms: int, local: LocalTime
) -> Sequence[UsualBand]:
    """Return what is usual over a span: by the hour, or where none can be told apart, of the day."""
    ranges = {hour: usual.range() for hour, usual in by_hour.items()}
    if not ranges:
        return ()
    if to_ms - from_ms > _HOURLY_UPTO_MS:
        low = float(np.mean([low for low, _ in ranges.values()]))
        high = float(np.mean([high for _, high in ranges.values()]))
        return (UsualBand(from_ms=from_ms, to_ms=to_ms, low=low, high=high),)
    return tuple(
        UsualBand(from_ms=start, to_ms=end, low=ranges[hour][0], high=ranges[hour][1])
        for start, end in pairwise(_hours(from_ms, to_ms))
        if (hour := _hour(local.at(start))) in ranges
    )


def _hours(from_ms: int, to_ms: int) -> list[int]:
    first = from_ms - from_ms % HOUR_MS + HOUR_MS
    return [from_ms, *range(first, to_ms, HOUR_MS), to_ms]


def _hour(moment: datetime) -> int:
    return moment.hour
