"""Rows about the person as a whole: bedside scores, and what is usual for this one person."""

from dataclasses import dataclass
from enum import StrEnum

from cloud.alerts.rules.rows import Direction, Rule
from vitals.scores.night_signal import NightAlert

__all__ = ["BaselineRule", "Counted", "NightRule", "Score", "ScoreRule"]


class Score(StrEnum):
    """Which table is used."""

    NEWS2 = "NEWS2"
    MEWS = "MEWS"


class Counted(StrEnum):
    """What of a score is held against a limit."""

    TOTAL = "total"
    SINGLE = "single"
    """The most that one parameter gives of which no limit of its own has an alert."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRule(Rule):
    """A score is for certain at `limit` or more for `hold_s`, until it is `clear_at` or less for `clear_s`.

    For certain: what is missing counts as its least. What was measured and is old by now is no reason to
    begin, nor, until somebody has seen the alert, to end: an episode ends by what is measured.
    """

    score: Score
    counted: Counted = Counted.TOTAL
    limit: int
    hold_s: int
    clear_at: int
    clear_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineRule(Rule):
    """A quantity is `deviations` spreads or more off what is usual for a person at this hour, for `hold_s`.

    It is over once within `clear_at` spreads for `clear_s`. Seconds are effective time; values further apart
    than `longest_gap_s` prove nothing of the time between. Fewer days than `least_days` tell nothing usual.
    """

    kind: str
    direction: Direction
    deviations: float
    hold_s: int
    clear_at: float
    clear_s: int
    least_days: int
    longest_gap_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NightRule(Rule):
    """The last night's resting heart rate gave one of `alerts`; over with the first night that does not."""

    alerts: frozenset[NightAlert]
