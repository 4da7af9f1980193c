"""Whether anybody outside is told: the gateway's own eye on the alerting of the cloud. Pure: time is told.

The cloud says again and again that its alerting lives. Once it has, ever, a silence is an alarm here,
whatever the cause; the nearest is told. A cloud too old to say it was never heard, and is not missed.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from edge.alarms.local_alarm import AlarmKey, LocalAlarms, Priority

__all__ = ["LINK_LOST_S", "SERVICE_LOST_S", "AlertingWatch", "Cause", "Patience", "Way"]

LINK_LOST_S: Final = 30.0
"""A link that comes and goes is one; down for so long it is none."""
SERVICE_LOST_S: Final = 60.0
"""Of a service that lives something is heard four times in this time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """For how long silence is borne, in real seconds; after `long_s` the alarm is more urgent."""

    silent_s: float = 120.0
    long_s: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How the way to the cloud is; `heard_s_ago` is since it acknowledged anything."""

    is_up: bool
    heard_s_ago: float | None = None


class Cause(Enum):
    """Why nobody outside is told: what is nearest to this gateway."""

    NO_WAY = AlarmKey.CLOUD_NO_WAY
    """Neither broker nor service is reached: the network of the home, or the internet."""
    NO_SERVICE = AlarmKey.CLOUD_NO_SERVICE
    """A broker answers, and nobody of the service behind it."""
    NO_ALERTING = AlarmKey.CLOUD_NO_ALERTING
    """The service takes in what is sent, and evaluates nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unreached:
    """Somebody was to be alerted and could not be, as the cloud says."""

    priority: Priority
    until_s: float


class AlertingWatch:
    """Raises and clears the alarms of `Cause`, at most one at a time, and that nobody can be reached."""

    def __init__(
        self, *, alarms: LocalAlarms, patience: Patience, now_s: float, was_heard: bool = False
    ) -> None:
        """`was_heard` is whether alerting was ever heard before: then silence counts from the start."""
        self._alarms = alarms
        self._patience = patience
        self._alerting_s = now_s if was_heard else None
        self._service_s = self._link_s = now_s
        self._unreached: _Unreached | None = None

    @property
    def is_expected(self) -> bool:
        """Whether the cloud is one that says so."""
        return self._alerting_s is not None

    def heard(self, *, is_alerting: bool, now_s: float) -> None:
        """Take in what the service says of itself."""
        self._service_s = now_s
        if is_alerting:
            self._alerting_s = now_s

    def nobody_reached(self, priority: Priority, *, for_s: float, now_s: float) -> None:
        """Take in that the cloud has an alert for which it reaches nobody; 0 s: it does again."""
        self._unreached = _Unreached(priority=priority, until_s=now_s + for_s)

    def look(self, way: Way, *, now_s: float, now_ms: int) -> None:
        """Raise or clear; `now_s` is real and never jumps."""
        self._note(way, now_s)
        silent_s = 0.0 if self._alerting_s is None else now_s - self._alerting_s
        cause = self._cause(now_s) if silent_s >= self._patience.silent_s else None
        for each in Cause:
            if each is not cause:
                self._alarms.set(each.value, stands=False, t_ms=now_ms)
        if cause is not None:
            self._alarms.set(
                cause.value,
                stands=True,
                t_ms=now_ms,
                detail=f"alerting was not heard for {silent_s:.0f} s",
                priority=Priority.MEDIUM if silent_s >= self._patience.long_s else Priority.LOW,
            )
        self._look_at_unreached(now_s, now_ms)

    def _note(self, way: Way, now_s: float) -> None:
        if way.is_up:
            self._link_s = now_s
        if way.heard_s_ago is not None:
            self._service_s = max(self._service_s, now_s - way.heard_s_ago)

    def _cause(self, now_s: float) -> Cause:
        if now_s - self._service_s < SERVICE_LOST_S:
            return Cause.NO_ALERTING
        return Cause.NO_WAY if now_s - self._link_s >= LINK_LOST_S else Cause.NO_SERVICE

    def _look_at_unreached(self, now_s: float, now_ms: int) -> None:
        unreached = self._unreached
        if unreached is None:
            return
        stands = now_s < unreached.until_s
        self._alarms.set(
            AlarmKey.NOBODY_REACHED,
            stands=stands,
            t_ms=now_ms,
            detail="the cloud reaches nobody",
            priority=unreached.priority,
        )
