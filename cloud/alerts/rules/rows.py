"""The sorts of rows that `RULES` is made of: each says how its condition is found.

Limits are inclusive: a value at the limit is beyond it. A value is first rounded to its kind's
resolution, as a person charting it would.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cloud.ports import Facts, Family, Priority
from vitals.records import DeviceReport, GapReason

__all__ = [
    "COURSE_POINTS",
    "CourseRule",
    "DeafCloudRule",
    "DeviceRule",
    "Direction",
    "EventRule",
    "FaultRule",
    "ForecastRule",
    "GapRule",
    "GatewayAlarmRule",
    "GatewaySilenceRule",
    "LastingRule",
    "LimitRule",
    "NeverHeardRule",
    "OutageRule",
    "QuietDeviceRule",
    "QuietGatewayRule",
    "QuietHomeRule",
    "RateRule",
    "Rule",
    "SaidRule",
    "StuckGatewayRule",
    "ThresholdRule",
    "everybody",
]


COURSE_POINTS: Final = 20
"""Into how many points a course is divided: of these, some 190 slopes are compared, once for each new one."""


def everybody(facts: Facts) -> bool:  # noqa: ARG001 - whoever it is
    """Say yes, whatever is known of a person."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What every row has. `source` says where its numbers come from.

    While an alert of `inhibited_by` explains this one, this one is held back. A latched
    condition stays until a person has seen it. With a `floor` a person may not switch it off nor lower
    its priority below that, and where it is about the body, may have it speak sooner but not later.
    `concerns` says by the facts whom it is for.
    """

    key: str
    display: str
    family: Family
    priority: Priority
    source: str
    inhibited_by: tuple[str, ...] = ()
    latched: bool = False
    floor: Priority | None = None
    concerns: Callable[[Facts], bool] = everybody


class Direction(StrEnum):
    """On which side of its limit a value is too far."""

    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True, slots=True, kw_only=True)
class LastingRule(Rule):
    """Something that has lasted for `hold_s`, until it has been over for `clear_s`.

    Seconds are effective time; samples further apart than `longest_gap_s` prove nothing about
    the time between them; by itself it joins what a wearable tells once a minute, and a little late.
    With a hold of zero one sample is enough.
    """

    hold_s: int
    clear_s: int
    longest_gap_s: int = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRule(LastingRule):
    """What is read from a kind is at or beyond `limit`, until it is at or within `clear_at`."""

    kind: str
    direction: Direction
    limit: float
    clear_at: float

    @property
    def told_s(self) -> int:
        """The time that the words about it speak of."""
        return self.hold_s

    def is_beyond(self, value: float) -> bool:
        """Tell whether a value is at the limit or beyond."""
        return value >= self.limit if self.direction is Direction.ABOVE else value <= self.limit

    def is_clear(self, value: float) -> bool:
        """Tell whether a value is back far enough to end an episode."""
        return value <= self.clear_at if self.direction is Direction.ABOVE else value >= self.clear_at


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdRule(LimitRule):
    """The value itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseRule(LimitRule):
    """What is read from the line through all that was measured in the last `within_s`.

    No single value makes or hides it (`judging.course`). Limits are in the kind's unit.
    """

    within_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRule(CourseRule):
    """By how much the value changes in `within_s`: less than zero where it falls."""

    @property
    def told_s(self) -> int:
        """The time that the words about it speak of."""
        return self.within_s


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastRule(CourseRule):
    """What the value will be in `ahead_s`, if it goes on as it went."""

    ahead_s: int

    @property
    def told_s(self) -> int:
        """The time that the words about it speak of."""
        return self.ahead_s


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRule(Rule):
    """The gateway concluded `event`; the episode ends with its END.

    `history` is the kind of which the minutes before are shown.
    """

    event: str
    history: str = "heart_rate"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRule(Rule):
    """A wearable said so for `hold_s`; a report that says neither leaves things as they are."""

    begins: Callable[[DeviceReport], bool]
    ends: Callable[[DeviceReport], bool]
    hold_s: int
    reading: Callable[[DeviceReport], float | None] = lambda _: None
    limit: float | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietDeviceRule(Rule):
    """No data for `after_s` by the server's clock, and nobody said why.

    A wearable that tells nothing but `slow_kinds` is given `slow_after_s`, if that is longer.
    """

    after_s: int
    slow_kinds: frozenset[str] = frozenset()
    slow_after_s: int = 0

    def wait_s(self, kinds: Collection[str]) -> int:
        """Return how long a wearable may be quiet that has told these kinds."""
        is_slow = bool(kinds) and self.slow_kinds.issuperset(kinds)
        return max(self.after_s, self.slow_after_s) if is_slow else self.after_s


@dataclass(frozen=True, slots=True, kw_only=True)
class NeverHeardRule(Rule):
    """A device somebody wears, of which nothing ever came for `after_s` by the server's clock."""

    after_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySilenceRule(Rule):
    """Nothing from a gateway for so long by the server's clock."""

    after_s: int

    @property
    def soonest_s(self) -> int:
        """What is heard within it is not silent."""
        return self.after_s

    def wait_s(self, *, is_online: bool | None) -> int | None:  # noqa: ARG002 - rows of their own look at it
        """Return how long it may be silent, by what the broker says of it; None: this is not its row."""
        return self.after_s


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietGatewayRule(GatewaySilenceRule):
    """One that may be gone: not heard for `after_s`, or `offline_after_s` once the broker says it is."""

    offline_after_s: int

    @property
    def soonest_s(self) -> int:
        """What is heard within it is not silent."""
        return min(self.after_s, self.offline_after_s)

    def wait_s(self, *, is_online: bool | None) -> int | None:
        """Return how long it may be silent unless the broker says that it is there."""
        if is_online:
            return None
        return self.after_s if is_online is None else self.offline_after_s


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHomeRule(QuietGatewayRule):
    """All of several gateways of one home, fallen within `within_s` of each other: they share a cause."""

    within_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StuckGatewayRule(GatewaySilenceRule):
    """One that is there, as the broker says, and sends nothing."""

    def wait_s(self, *, is_online: bool | None) -> int | None:
        """Return how long it may be silent while the broker says that it is there."""
        return self.after_s if is_online else None


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayAlarmRule(Rule):
    """A gateway's own `alarm` stands, as its report says."""

    alarm: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeafCloudRule(Rule):
    """Nothing was taken in from a gateway for `after_s`, and the cause is on the service's side."""

    after_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageRule(Rule):
    """Nothing came of any of a patient's wearables for `after_s`, and one of `causes` stands.

    Causes are conditions of the system, which nobody chose: a strap taken off for the night is none, and a
    wearable of which `unless` was told is not missed.
    """

    causes: tuple[str, ...]
    unless: tuple[str, ...]
    after_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GapRule(Rule):
    """Data that does not exist over at least `least_s`, for reasons no other row tells."""

    reasons: frozenset[GapReason]
    least_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRule(Rule):
    """Something the evaluation itself ran into."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidRule(Rule):
    """Somebody said so on a page: nothing is measured, and nothing of it is set for a patient."""
