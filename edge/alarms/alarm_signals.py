"""How an alarm is seen and heard: a table by priority, and the ports of light and sound."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol

from edge.alarms.local_alarm import Priority
from edge.alarms.standing_alarms import StandingAlarm

__all__ = ["IDENTIFY_FLASH", "SIGNALS", "AlarmLight", "AlarmSound", "Announcement", "Flash", "Signal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flash:
    """A light that is on for the first `on_s` of each `period_s`."""

    period_s: float
    on_s: float

    def is_on(self, now_s: float) -> bool:
        """Tell whether it is on at this moment."""
        return now_s % self.period_s < self.on_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One row: how an alarm of a priority is shown and how often it is heard; `None`: once."""

    priority: Priority
    flash: Flash
    every_s: float | None
    source: str


SIGNALS: Final[Mapping[Priority, Signal]] = MappingProxyType(
    {
        row.priority: row
        for row in (
            Signal(
                priority=Priority.HIGH,
                flash=Flash(period_s=0.5, on_s=0.25),
                every_s=10.0,
                source="IEC 60601-1-8: flashes at 1.4-2.8 Hz for 20-60 %, a burst every 2.5-15 s",
            ),
            Signal(
                priority=Priority.MEDIUM,
                flash=Flash(period_s=2.0, on_s=1.0),
                every_s=30.0,
                source="IEC 60601-1-8: flashes at 0.4-0.8 Hz for 20-60 %, a burst every 2.5-30 s",
            ),
            Signal(
                priority=Priority.LOW,
                flash=Flash(period_s=1.0, on_s=1.0),
                every_s=None,
                source="IEC 60601-1-8: steady light; more than 15 s between bursts, or none",
            ),
        )
    }
)

IDENTIFY_FLASH: Final = Flash(period_s=0.2, on_s=0.1)
"""Faster than any alarm may flash, so that nobody takes it for one."""


class State(StrEnum):
    """What there is to announce."""

    SOUNDING = "sounding"
    QUIET = "quiet"
    IDENTIFY = "identify"


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """What a sound is to say; `alarm` is the one that sounds."""

    state: State
    alarm: StandingAlarm | None = None

    @property
    def urgency(self) -> int:
        """How much goes before it: less is more urgent."""
        return list(SIGNALS).index(self.alarm.priority) if self.alarm else len(SIGNALS)


class AlarmLight(Protocol):
    """A light beside the gateway."""

    def switch(self, *, is_on: bool) -> None:
        """Switch it on or off.

        Raises
        ------
        SignalError
            It cannot be switched.
        """
        ...


class AlarmSound(Protocol):
    """Whatever makes an announcement heard."""

    async def play(self, announcement: Announcement) -> None:
        """Make it heard once; return when that is done, or has taken too long. May be cancelled.

        Raises
        ------
        SignalError
            It was not heard.
        """
        ...
