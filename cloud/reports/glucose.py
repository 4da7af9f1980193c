"""Continuous glucose over weeks, as the international consensus reports it. All in mg/dL.

Battelino T et al. Clinical Targets for Continuous Glucose Monitoring Data Interpretation: Recommendations
From the International Consensus on Time in Range. Diabetes Care 2019;42:1593-1603: what is in it, the
bounds, the targets, 14 days and 70 % of the time. GMI: Bergenstal RM et al. Diabetes Care 2018;41:2275-2280.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cloud.early_warning.local_time import LocalTime
from cloud.reports.period import MINUTE_MS, Period
from cloud.reports.wall_clock import DAY_MS, wall_ms

__all__ = [
    "FEWEST_DAYS",
    "LEAST_ACTIVE",
    "LEVELS",
    "MOST_CV",
    "PERCENTILES",
    "STEPS",
    "STEP_MINUTES",
    "TARGETS",
    "Glucose",
    "Level",
    "Profile",
    "Target",
    "Targets",
    "glucose_report",
    "profile",
]

FEWEST_DAYS: Final = 14
LEAST_ACTIVE: Final = 0.70
"""Of less than 14 days, or 70 % of them, the consensus concludes nothing certain."""
MOST_CV: Final = 0.36
"""Up to here glucose is called stable."""
PERCENTILES: Final = (5, 25, 50, 75, 95)
STEP_MINUTES: Final = 15
STEPS: Final = 1_440 // STEP_MINUTES
_REACH_MINUTES: Final = 30
"""A point of the profile is of the readings within half an hour of it: a curve, and no smoothing besides."""
_FEWEST_IN_REACH: Final = 5
_USUAL_INTERVAL_MINUTES: Final = 5
_LONGEST_INTERVAL_MINUTES: Final = 15
_GMI_PERCENT: Final = (3.31, 0.02392)
_DAY_MINUTES: Final = 1_440


class Targets(StrEnum):
    """For whom the targets are (Battelino 2019, figure 1)."""

    USUAL = "usual"
    OLDER = "older"
    PREGNANCY = "pregnancy"


class Level(StrEnum):
    """Where a reading lies, the highest first."""

    VERY_HIGH = "very-high"
    HIGH = "high"
    IN_RANGE = "in-range"
    LOW = "low"
    VERY_LOW = "very-low"


LEVELS: Final = tuple(Level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Bounds, and the shares of the time to be over or under; None: the consensus names none.

    `low` to `high` is the range, its ends included; `most_below` and `most_above` count all that is outside.
    """

    low: float
    high: float
    very_low: float = 54.0
    very_high: float = 250.0
    least_in_range: float
    most_below: float
    most_very_low: float | None
    most_above: float | None
    most_very_high: float | None


TARGETS: Final[Mapping[Targets, Target]] = MappingProxyType(
    {
        Targets.USUAL: Target(
            low=70.0,
            high=180.0,
            least_in_range=0.70,
            most_below=0.04,
            most_very_low=0.01,
            most_above=0.25,
            most_very_high=0.05,
        ),
        Targets.OLDER: Target(
            low=70.0,
            high=180.0,
            least_in_range=0.50,
            most_below=0.01,
            most_very_low=None,
            most_above=None,
            most_very_high=0.10,
        ),
        Targets.PREGNANCY: Target(
            low=63.0,
            high=140.0,
            least_in_range=0.70,
            most_below=0.04,
            most_very_low=0.01,
            most_above=0.25,
            most_very_high=None,
        ),
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """The day's profile: ``(5, STEPS) float64`` mg/dL by `PERCENTILES` and time of day; NaN: too few."""

    curves: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Glucose:
    """The numbers of the consensus; shares are of the readings, `active` of the period's possible ones."""

    count: int
    days: int
    active: float
    interval_minutes: int
    mean: float
    gmi_percent: float
    cv: float
    shares: Mapping[Level, float]
    targets: Targets
    profile: Profile
    readings_sha256: str

    @property
    def target(self) -> Target:
        """The bounds and targets it is held against."""
        return TARGETS[self.targets]

    @property
    def is_enough(self) -> bool:
        """Whether there is as much as the consensus asks for before anything is concluded."""
        return self.days >= FEWEST_DAYS and self.active >= LEAST_ACTIVE

    @property
    def below(self) -> float:
        """The share below the range, however far."""
        return self.shares[Level.LOW] + self.shares[Level.VERY_LOW]

    @property
    def above(self) -> float:
        """The share above the range, however far."""
        return self.shares[Level.HIGH] + self.shares[Level.VERY_HIGH]


def glucose_report(
    t_ms: NDArray[np.int64], value: NDArray[np.float64], period: Period, targets: Targets, local: LocalTime
) -> Glucose | None:
    """Return the report of readings in order of time that can be judged; None without any."""
    if not len(t_ms):
        return None
    interval = _interval_minutes(t_ms)
    mean = float(value.mean())
    deviation = float(value.std(ddof=1)) if len(value) > 1 else 0.0
    fixed, per_mg_per_dl = _GMI_PERCENT
    wall = wall_ms(t_ms, local)
    return Glucose(
        count=len(t_ms),
        days=len(np.unique(wall // DAY_MS)),
        active=_active(t_ms, interval, period),
        interval_minutes=interval,
        mean=mean,
        gmi_percent=fixed + per_mg_per_dl * mean,
        cv=deviation / mean,
        shares=_shares(value, TARGETS[targets]),
        targets=targets,
        profile=profile(wall, value),
        readings_sha256=sha256(t_ms.astype("<i8").tobytes() + value.astype("<f4").tobytes()).hexdigest(),
    )


def profile(wall: NDArray[np.int64], value: NDArray[np.float64]) -> Profile:
    """Return the ambulatory glucose profile of readings by the time on the wall, around midnight too."""
    minute = wall % DAY_MS / MINUTE_MS
    order = np.argsort(minute, kind="stable")
    minute, value = minute[order], value[order]
    around = np.concatenate([minute - _DAY_MINUTES, minute, minute + _DAY_MINUTES])
    values = np.concatenate([value, value, value])
    curves = np.full((len(PERCENTILES), STEPS), np.nan)
    for step in range(STEPS):
        at = step * STEP_MINUTES
        first, last = np.searchsorted(around, (at - _REACH_MINUTES, at + _REACH_MINUTES))
        if last - first >= _FEWEST_IN_REACH:
            curves[:, step] = np.percentile(values[first:last], PERCENTILES)
    return Profile(curves)


def _shares(value: NDArray[np.float64], target: Target) -> Mapping[Level, float]:
    is_high, is_low = value > target.high, value < target.low
    is_very_high = value > max(target.high, target.very_high)
    is_very_low = value < target.very_low
    where = {
        Level.VERY_HIGH: is_very_high,
        Level.HIGH: is_high & ~is_very_high,
        Level.IN_RANGE: ~is_high & ~is_low,
        Level.LOW: is_low & ~is_very_low,
        Level.VERY_LOW: is_very_low,
    }
    return {level: float(flags.mean()) for level, flags in where.items()}


def _interval_minutes(t_ms: NDArray[np.int64]) -> int:
    """Return how far apart readings are most often; as most sensors do where there are too few to tell."""
    steps = np.rint(np.diff(t_ms) / MINUTE_MS).astype(np.int64)
    steps = steps[(steps >= 1) & (steps <= _LONGEST_INTERVAL_MINUTES)]
    return int(np.bincount(steps).argmax()) if len(steps) else _USUAL_INTERVAL_MINUTES


def _active(t_ms: NDArray[np.int64], interval: int, period: Period) -> float:
    """Return the share of the intervals of a period that have a reading: two sensors count once."""
    having = len(np.unique((t_ms - period.from_ms) // (interval * MINUTE_MS)))
    return min(1.0, having / max(1, period.minutes // interval))
