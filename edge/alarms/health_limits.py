"""HEALTH_LIMITS: what the gateway judges of a wearer by itself, while nobody else can.

Few rows, and only far beyond what is usual: the cloud has the finer ones, knows the person, and is
whom they are told to as soon as it is back. Limits are inclusive.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from edge.alarms.local_alarm import Priority
from vitals.kinds import OBSERVATION_KINDS
from vitals.records import ObservationRun, Phase

__all__ = ["HEALTH_LIMITS", "Direction", "HealthLimit", "LimitTurn", "LimitWatch"]

_TRUSTED: Final = 0.6
"""Samples of less quality than this count for neither side; a rate the ECG contradicts has one half."""


class Direction(StrEnum):
    """On which side of its limit a value is too far."""

    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthLimit:
    """One row: a kind at or beyond `limit` for `hold_s`, until at or within `clear_at` for `clear_s`.

    Samples further apart than `longest_gap_s` prove nothing of the time between them, and older ones
    than that say nothing of now.
    """

    key: str
    title: str
    kind: str
    direction: Direction
    limit: float
    hold_s: int
    clear_at: float
    clear_s: int
    longest_gap_s: int
    priority: Priority
    source: str

    def is_beyond(self, value: float) -> bool:
        """Tell whether a value is at the limit or beyond."""
        return value >= self.limit if self.direction is Direction.ABOVE else value <= self.limit

    def is_clear(self, value: float) -> bool:
        """Tell whether a value is back far enough to end an episode."""
        return value <= self.clear_at if self.direction is Direction.ABOVE else value >= self.clear_at


HEALTH_LIMITS: Final = (
    HealthLimit(
        key="heart-rate-very-low",
        title="Heart rate very low",
        kind="heart_rate",
        direction=Direction.BELOW,
        limit=40.0,
        hold_s=30,
        clear_at=45.0,
        clear_s=30,
        longest_gap_s=15,
        priority=Priority.HIGH,
        source="NEWS2 (RCP 2017): pulse <= 40 /min scores 3; hold and hysteresis: against missed beats",
    ),
    HealthLimit(
        key="heart-rate-very-high",
        title="Heart rate very high",
        kind="heart_rate",
        direction=Direction.ABOVE,
        limit=131.0,
        hold_s=120,
        clear_at=120.0,
        clear_s=30,
        longest_gap_s=15,
        priority=Priority.MEDIUM,
        source="NEWS2 (RCP 2017): pulse >= 131 /min scores 3; two minutes: stairs are over by then",
    ),
    HealthLimit(
        key="oxygen-very-low",
        title="Oxygen very low",
        kind="oxygen_saturation",
        direction=Direction.BELOW,
        limit=83.0,
        hold_s=30,
        clear_at=86.0,
        clear_s=30,
        longest_gap_s=15,
        priority=Priority.HIGH,
        source="NEWS2 (RCP 2017), SpO2 scale 2: <= 83 % scores 3 even for whom 88-92 % is prescribed",
    ),
    HealthLimit(
        key="glucose-very-low",
        title="Glucose very low",
        kind="glucose",
        direction=Direction.BELOW,
        limit=53.0,
        hold_s=900,
        clear_at=70.0,
        clear_s=900,
        longest_gap_s=660,
        priority=Priority.HIGH,
        source="CGM consensus (2017): an event of level 2 is 15 min below 54 mg/dL, and 15 min at 70 end it",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitTurn:
    """An episode of a limit began or ended, for one device, with the sample at `t_ms`."""

    limit: HealthLimit
    device: str
    phase: Phase
    event_id: str
    t_ms: int


@dataclass(slots=True, kw_only=True)
class _Course:
    """How one limit stands for one device."""

    limit: HealthLimit
    event_id: str | None = None
    since_ms: int | None = None
    """From when on every sample has spoken for a change."""
    last_ms: int = -1

    def begin_anew(self) -> None:
        """Forget when samples came: the clock was set back, and what comes now would seem long known."""
        self.since_ms, self.last_ms = None, -1

    def step(self, t_ms: int, value: float) -> Phase | None:
        """Take a sample; say whether the episode begins or ends with it."""
        limit, is_open = self.limit, self.event_id is not None
        if t_ms - self.last_ms > 1000 * limit.longest_gap_s:
            self.since_ms = None
        self.last_ms = t_ms
        if not (limit.is_clear(value) if is_open else limit.is_beyond(value)):
            self.since_ms = None
            return None
        self.since_ms = t_ms if self.since_ms is None else self.since_ms
        if t_ms - self.since_ms < 1000 * (limit.clear_s if is_open else limit.hold_s):
            return None
        self.since_ms = None
        return Phase.END if is_open else Phase.ONSET


class LimitWatch:
    """Follows every row for every device."""

    def __init__(self, *, new_id: Callable[[], str], limits: tuple[HealthLimit, ...] = HEALTH_LIMITS) -> None:
        self._new_id = new_id
        self._limits = limits
        self._courses: dict[tuple[str, str], _Course] = {}

    def take(self, run: ObservationRun, *, now_ms: int) -> list[LimitTurn]:
        """Return what began or ended with the samples of `run` that are of now and to be trusted."""
        return [
            turn
            for limit in self._limits
            if limit.kind == run.kind
            for turn in self._follow(limit, run, now_ms)
        ]

    def _follow(self, limit: HealthLimit, run: ObservationRun, now_ms: int) -> list[LimitTurn]:
        course, gap_ms = self._course(limit, run.device), 1000 * limit.longest_gap_s
        if course.last_ms - now_ms > gap_ms:
            course.begin_anew()
        qualities = run.quality or [1.0] * len(run.value)
        turns: list[LimitTurn] = []
        for t_ms, value, quality in zip(run.t_ms, run.value, qualities, strict=True):
            is_of_now = course.last_ms < t_ms and abs(now_ms - t_ms) <= gap_ms
            if is_of_now and quality >= _TRUSTED and OBSERVATION_KINDS[limit.kind].is_plausible(value):
                turns += self._step(course, run.device, t_ms, value)
        return turns

    def _course(self, limit: HealthLimit, device: str) -> _Course:
        return self._courses.setdefault((device, limit.key), _Course(limit=limit))

    def _step(self, course: _Course, device: str, t_ms: int, value: float) -> list[LimitTurn]:
        resolution = OBSERVATION_KINDS[course.limit.kind].resolution
        phase = course.step(t_ms, round(value / resolution) * resolution)
        if phase is None:
            return []
        event_id = course.event_id or self._new_id()
        course.event_id = event_id if phase is Phase.ONSET else None
        return [LimitTurn(limit=course.limit, device=device, phase=phase, event_id=event_id, t_ms=t_ms)]
