"""The overnight resting-heart-rate rule NightSignal, as published.

Alavi A, Bogu GK, Wang M, et al. Real-time alerting system for COVID-19 and other stress events using
wearable data. Nat Med 2022;28:175-184, with the authors' program
(github.com/StanfordBioinformatics/wearable-infection, nightsignal.py, minute-by-minute variant with the
median of averages), whose roundings and imputation are kept:

- a night is the hours from 0 to 7 of its date; of its heart rates those count during whose minute no step
  was taken, each cut to a whole number; their mean is cut to a whole number;
- a single missing night is imputed with the mean of its neighbours, cut, if either neighbour has the night
  beyond it;
- the baseline of a night is the median, cut, of all nights up to and including it;
- a night is raised from 3 /min above its baseline on and high from 4 on; two nights in a row, both high,
  are a red alert; two in a row, both at least raised, a yellow one.

The paper states no cold start: ``SETTLED_NIGHTS`` is this project's, and only says when to believe it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from statistics import median
from types import MappingProxyType
from typing import Final

__all__ = [
    "ALERTS",
    "HIGH_ABOVE",
    "NIGHT_HOURS",
    "RAISED_ABOVE",
    "SETTLED_NIGHTS",
    "TRANSITIONS",
    "Night",
    "NightAlert",
    "NightGrade",
    "NightState",
    "night_mean",
    "night_signal",
]

NIGHT_HOURS: Final = (0, 7)
"""Local hours of a night, from the first to before the second."""
RAISED_ABOVE: Final = 3
"""/min above the baseline (``yellow_threshold``)."""
HIGH_ABOVE: Final = 4
"""/min above the baseline (``red_threshold``)."""
SETTLED_NIGHTS: Final = 7

_A_DAY: Final = timedelta(days=1)


class NightGrade(StrEnum):
    """How a night stands to its baseline."""

    USUAL = "usual"
    RAISED = "raised"
    HIGH = "high"
    MISSING = "missing"


class NightState(StrEnum):
    """What the nights up to this one amount to: the alert, and how this night was."""

    CALM = "calm"
    ONE_RAISED = "one-raised"
    ONE_HIGH = "one-high"
    YELLOW_RAISED = "yellow-raised"
    YELLOW_HIGH = "yellow-high"
    RED = "red"


class NightAlert(StrEnum):
    """What is shown."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


ALERTS: Final[Mapping[NightState, NightAlert]] = MappingProxyType(
    {
        NightState.CALM: NightAlert.GREEN,
        NightState.ONE_RAISED: NightAlert.GREEN,
        NightState.ONE_HIGH: NightAlert.GREEN,
        NightState.YELLOW_RAISED: NightAlert.YELLOW,
        NightState.YELLOW_HIGH: NightAlert.YELLOW,
        NightState.RED: NightAlert.RED,
    }
)

_AFTER_USUAL: Final = {NightGrade.RAISED: NightState.ONE_RAISED, NightGrade.HIGH: NightState.ONE_HIGH}
_AFTER_RAISED: Final = {NightGrade.RAISED: NightState.YELLOW_RAISED, NightGrade.HIGH: NightState.YELLOW_HIGH}
_AFTER_HIGH: Final = {NightGrade.RAISED: NightState.YELLOW_RAISED, NightGrade.HIGH: NightState.RED}
_AFTER: Final = {
    NightState.CALM: _AFTER_USUAL,
    NightState.ONE_RAISED: _AFTER_RAISED,
    NightState.ONE_HIGH: _AFTER_HIGH,
    NightState.YELLOW_RAISED: _AFTER_RAISED,
    NightState.YELLOW_HIGH: _AFTER_HIGH,
    NightState.RED: _AFTER_HIGH,
}

TRANSITIONS: Final[Mapping[tuple[NightState, NightGrade], NightState]] = MappingProxyType(
    {
        (state, grade): after.get(grade, NightState.CALM)
        for state, after in _AFTER.items()
        for grade in NightGrade
    }
)
"""Usual and missing nights lead back to calm from everywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """One night: its mean resting rate and baseline in /min, and what it led to."""

    date: date
    mean: int
    baseline: int
    grade: NightGrade
    state: NightState
    is_imputed: bool
    nights: int
    """How many nights the baseline is of, this one included."""

    @property
    def alert(self) -> NightAlert:
        """What is shown of the state."""
        return ALERTS[self.state]

    @property
    def is_settled(self) -> bool:
        """Whether the baseline is of enough nights to be believed."""
        return self.nights >= SETTLED_NIGHTS


def night_mean(rates: Iterable[float]) -> int | None:
    """Mean of the heart rates of one night's minutes without a step, in /min; ``None`` without any."""
    whole = [int(rate) for rate in rates]
    return int(sum(whole) / len(whole)) if whole else None


def night_signal(means: Mapping[date, int]) -> tuple[Night, ...]:
    """Judge every night by those up to it, oldest first; what a later night imputes is judged anew."""
    imputed = _imputed(means)
    known = dict(sorted({**means, **imputed}.items()))
    nights: list[Night] = []
    state, so_far = NightState.CALM, []
    for day, mean in known.items():
        so_far.append(mean)
        baseline = int(median(so_far))
        grade = _grade(mean - baseline)
        if nights and day - nights[-1].date != _A_DAY:
            state = TRANSITIONS[state, NightGrade.MISSING]
        state = TRANSITIONS[state, grade]
        nights.append(
            Night(
                date=day,
                mean=mean,
                baseline=baseline,
                grade=grade,
                state=state,
                is_imputed=day in imputed,
                nights=len(so_far),
            )
        )
    return tuple(nights)


def _grade(above: int) -> NightGrade:
    if above >= HIGH_ABOVE:
        return NightGrade.HIGH
    return NightGrade.RAISED if above >= RAISED_ABOVE else NightGrade.USUAL


def _imputed(means: Mapping[date, int]) -> dict[date, int]:
    gaps = (day + _A_DAY for day in means if day + _A_DAY not in means and day + 2 * _A_DAY in means)
    return {
        missing: int((means[missing - _A_DAY] + means[missing + _A_DAY]) / 2)
        for missing in gaps
        if missing - 2 * _A_DAY in means or missing + 2 * _A_DAY in means
    }
