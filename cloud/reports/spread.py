"""One vital sign over weeks, from what each minute of it came to: the middle, the usual, the ends, the trend.

Every minute in which anything was measured counts once, however often it was: a minute at 1 Hz weighs no
more than one with a single value.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cloud.early_warning.local_time import LocalTime
from cloud.early_warning.quantities import LEARNT, LEARNT_OF
from cloud.ports import Rollups
from cloud.reports.period import Period
from cloud.reports.wall_clock import DAY_MS, wall_ms
from vitals.kinds import OBSERVATION_KINDS

__all__ = ["USUAL_PERCENT", "Day", "Extreme", "Spread", "spread", "theil_sen"]

USUAL_PERCENT: Final = (5.0, 95.0)
"""The usual range: nine minutes of ten lie within."""
_FEWEST_DAYS: Final = 4
"""Of fewer days no trend is told."""
_COVERS_MS: Final = 300_000
"""What is measured at least every five minutes is measured all the time."""
_SPOT_A_DAY: Final = 24
"""What is measured no more often than that on the days it is, is measured by hand, not worn."""
_LEAST_CHANGE: Final = {each.key: each.least_spread for each in LEARNT}


@dataclass(frozen=True, slots=True)
class Extreme:
    """A value, and the minute it was measured in."""

    t_ms: int
    value: float


@dataclass(frozen=True, slots=True)
class Day:
    """A day's median and usual range."""

    day: date
    median: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A kind in its own unit over a period.

    `share` is that of the period in which it was measured. `change` is what it rose by over the
    period (fell, if below 0): 0 for less than can be told from chance, None of too few days.
    `minutes_sha256` is of all it was reckoned from, in single precision.
    """

    kind: str
    count: int
    share: float
    median: float
    low: float
    high: float
    lowest: Extreme
    highest: Extreme
    days: tuple[Day, ...]
    of_days: int
    change: float | None
    minutes_sha256: str

    @property
    def is_spot(self) -> bool:
        """Whether it was measured now and then, so that a share of the time says little."""
        return self.count <= _SPOT_A_DAY * len(self.days)


def spread(minutes: Rollups, period: Period, local: LocalTime) -> Spread | None:
    """Sum up the minutes of a period that have values; None without any."""
    if not len(minutes.from_ms):
        return None
    low, median, high = np.percentile(minutes.mean, (USUAL_PERCENT[0], 50.0, USUAL_PERCENT[1])).tolist()
    lowest, highest = int(minutes.minimum.argmin()), int(minutes.maximum.argmax())
    days = tuple(_days(minutes, local))
    of_days = sum(1 for _ in period.days(local))
    return Spread(
        kind=minutes.kind,
        count=int(minutes.count.sum()),
        share=_share(minutes, period),
        median=median,
        low=low,
        high=high,
        lowest=Extreme(int(minutes.from_ms[lowest]), float(minutes.minimum[lowest])),
        highest=Extreme(int(minutes.from_ms[highest]), float(minutes.maximum[highest])),
        days=days,
        of_days=of_days,
        change=_change(minutes.kind, days, of_days),
        minutes_sha256=_sha256(minutes),
    )


def theil_sen(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Return the median of the slopes between all pairs (Sen, J Am Stat Assoc 1968;63:1379-1389).

    It bears that up to 29 % of the days are wild.
    """
    first, second = np.triu_indices(len(x), k=1)
    return float(np.median((y[second] - y[first]) / (x[second] - x[first])))


def _sha256(minutes: Rollups) -> str:
    found = sha256(minutes.from_ms.astype("<i8").tobytes() + minutes.count.astype("<i8").tobytes())
    for column in (minutes.minimum, minutes.maximum, minutes.mean):
        found.update(column.astype("<f4").tobytes())
    return found.hexdigest()


def _share(minutes: Rollups, period: Period) -> float:
    covered = np.unique((minutes.from_ms - period.from_ms) // _COVERS_MS)
    return len(covered) / -(-(period.to_ms - period.from_ms) // _COVERS_MS)


def _days(minutes: Rollups, local: LocalTime) -> Iterator[Day]:
    numbers = wall_ms(minutes.from_ms, local) // DAY_MS
    found, starts = np.unique(numbers, return_index=True)
    for number, values in zip(found.tolist(), np.split(minutes.mean, starts[1:]), strict=True):
        low, median, high = np.percentile(values, (USUAL_PERCENT[0], 50.0, USUAL_PERCENT[1])).tolist()
        yield Day(date.fromordinal(date(1970, 1, 1).toordinal() + number), median, low, high)


def _change(kind: str, days: tuple[Day, ...], of_days: int) -> float | None:
    if len(days) < _FEWEST_DAYS:
        return None
    x = np.array([each.day.toordinal() for each in days], np.float64)
    change = theil_sen(x, np.array([each.median for each in days])) * (of_days - 1)
    least = _LEAST_CHANGE.get(LEARNT_OF.get(kind, ""), OBSERVATION_KINDS[kind].resolution)
    return change if abs(change) >= least else 0.0
