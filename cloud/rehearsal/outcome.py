"""What a rehearsal finds: the alerts there would have been, what they amount to, and what was left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cloud.ports import Priority
from cloud.rehearsal.history import Span

__all__ = [
    "MOST_OF_THE_TIME",
    "Caution",
    "ConditionBurden",
    "LeftOut",
    "Outcome",
    "RehearsedAlert",
    "Warned",
    "WhyLeftOut",
]

MOST_OF_THE_TIME: Final = 0.5
"""A condition that would be an alert for a larger share of what was measured tells nobody anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsedAlert:
    """An alert that would have been raised. Times are effective.

    `began_ms` is when its cause began, `raised_ms` when that had lasted, `ended_ms` when it was gone (None:
    not within the span); a latched one would wait for a person then. `worst` is the value furthest beyond.
    """

    id: str
    condition: str
    priority: Priority
    devices: tuple[str, ...]
    began_ms: int
    raised_ms: int
    ended_ms: int | None = None
    worst: float | None = None
    unit: str | None = None


class Caution(StrEnum):
    """What somebody should know before they save such rules."""

    ALARMS_MOST_OF_THE_TIME = "alarms-most-of-the-time"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """A caution about one condition, in a sentence."""

    caution: Caution
    condition: str
    because: str


class WhyLeftOut(StrEnum):
    """Why something of the history or of the rules was not rehearsed."""

    NOT_MEASURED = "not-measured"
    """Nothing of the kind is stored of the span."""
    UNSURE = "unsure"
    """Values of low quality or that nobody can show: they are never judged."""
    GAPS = "gaps"
    """So many stretches are declared missing: nothing is known of them."""
    ONLY_SUMS = "only-sums"
    """The values were let go when they had been kept for as long as the settings say."""
    NOT_KEPT = "not-kept"
    """Rests on what is not kept, as when something reached the server."""
    KNOWN_THEN = "known-then"
    """Rests on what was known of the patient on each day then, or on what is usual and not known yet."""
    BY_THE_MINUTE = "by-the-minute"
    """Was rehearsed on the means of minutes, devices taken together: times and values are near, not exact."""
    OUT_OF_TIME = "out-of-time"
    """The rehearsal was stopped: the rest of the span was not looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Something that was not rehearsed: `what` is a kind, a condition or, out of time, empty."""

    why: WhyLeftOut
    what: str
    count: int = 0
    span: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionBurden:
    """What one condition amounts to: how many, for how long, and of how much that was measured."""

    condition: str
    priority: Priority
    alerts: int
    alarm_ms: int
    measured_ms: int | None = None
    """None: it is not measured but told."""

    @property
    def share(self) -> float | None:
        """Return the share of what was measured that would have been in alarm."""
        return self.alarm_ms / self.measured_ms if self.measured_ms else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """All of it. `until_ms` is up to where the span was looked at."""

    span: Span
    until_ms: int
    alerts: Sequence[RehearsedAlert]
    burden: Sequence[ConditionBurden]
    warnings: Sequence[Warned]
    left_out: Sequence[LeftOut]

    @property
    def days(self) -> float:
        """Return how many days were looked at."""
        return (self.until_ms - self.span.from_ms) / 86_400_000

    def alerts_per_day(self) -> Mapping[Priority, float]:
        """Return how many alerts a day there would have been of each priority."""
        counts = dict.fromkeys(Priority, 0)
        for one in self.burden:
            counts[one.priority] += one.alerts
        return {priority: count / self.days if self.days else 0.0 for priority, count in counts.items()}
