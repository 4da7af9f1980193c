"""Light and sound, kept in step with the alarms that stand."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import structlog

from edge.alarms.alarm_signals import (
    IDENTIFY_FLASH,
    SIGNALS,
    AlarmLight,
    AlarmSound,
    Announcement,
    Flash,
    State,
)
from edge.alarms.local_alarm import AlarmKey
from edge.alarms.standing_alarms import StandingAlarms
from edge.health import GatewayHealth
from vitals.clock import Clock
from vitals.errors import SignalError

__all__ = ["Annunciator"]

_log = structlog.get_logger()

STEP_S: Final = 0.05
"""Half of the shortest light there is."""
IDLE_S: Final = 0.5
RETRY_S: Final = 10.0
"""How long a light that failed is left alone."""


@dataclass(slots=True, kw_only=True)
class Annunciator:
    """Looks many times a second; at most one announcement is heard at a time, the more urgent cuts in."""

    alarms: StandingAlarms
    health: GatewayHealth
    clock: Clock
    monotonic_s: Callable[[], float]
    """Real seconds: light and sound do not run faster with a demonstration's clock."""
    light: AlarmLight | None = None
    sound: AlarmSound | None = None
    _playing: asyncio.Task[None] | None = None
    _announced: Announcement = field(default_factory=lambda: Announcement(state=State.QUIET))
    _announced_s: float = float("-inf")
    _is_lit: bool | None = None
    _light_rests_s: float = float("-inf")
    _failures: dict[str, str] = field(default_factory=dict)

    async def run(self) -> None:
        """Signal until cancelled, then leave it dark and quiet; without light and sound, nothing."""
        if self.light is None and self.sound is None:
            return
        try:
            while True:
                self._show()
                await self._announce()
                is_busy = self.alarms.standing or self.alarms.is_identifying
                await asyncio.sleep(STEP_S if is_busy else IDLE_S)
        finally:
            self._switch(is_on=False)
            await self._hush()

    # --- Light ------------------------------------------------------------------------------

    def _show(self) -> None:
        flash = self._flash()
        self._switch(is_on=flash is not None and flash.is_on(self.monotonic_s()))

    def _flash(self) -> Flash | None:
        if self.alarms.is_identifying:
            return IDENTIFY_FLASH
        lit = self.alarms.lit()
        return SIGNALS[lit.priority].flash if lit else None

    def _switch(self, *, is_on: bool) -> None:
        if self.light is None or is_on == self._is_lit or self.monotonic_s() < self._light_rests_s:
            return
        try:
            self.light.switch(is_on=is_on)
        except SignalError as error:
            self._is_lit, self._light_rests_s = None, self.monotonic_s() + RETRY_S
            self._took("light", str(error))
        else:
            self._is_lit = is_on
            self._took("light", None)

    # --- Sound ------------------------------------------------------------------------------

    async def _announce(self) -> None:
        if self.sound is None:
            return
        due = self._due()
        if due is None or (self._is_playing and due.urgency >= self._announced.urgency):
            return
        await self._hush()
        self._announced, self._announced_s = due, self.monotonic_s()
        self._playing = asyncio.create_task(self._play(self.sound, due), name="alarm-sound")

    def _due(self) -> Announcement | None:
        """Return what is to be said now: something new, or something again."""
        wanted, said = self._wanted(), self._announced
        if (wanted.state, _key(wanted)) != (said.state, _key(said)):
            return wanted
        every_s = SIGNALS[wanted.alarm.priority].every_s if wanted.alarm else None
        is_time = every_s is not None and self.monotonic_s() - self._announced_s >= every_s
        return wanted if is_time else None

    def _wanted(self) -> Announcement:
        alarm = self.alarms.sounding()
        if alarm is not None:
            return Announcement(state=State.SOUNDING, alarm=alarm)
        return Announcement(state=State.IDENTIFY if self.alarms.is_identifying else State.QUIET)

    @property
    def _is_playing(self) -> bool:
        return self._playing is not None and not self._playing.done()

    async def _play(self, sound: AlarmSound, announcement: Announcement) -> None:
        try:
            await sound.play(announcement)
        except SignalError as error:
            self._took("sound", str(error))
        else:
            self._took("sound", None)

    async def _hush(self) -> None:
        """Cut off what is being said, and wait until it is."""
        if self._playing is not None and not self._playing.done():
            self._playing.cancel()
            await asyncio.wait([self._playing])

    # --- What fails -------------------------------------------------------------------------

    def _took(self, what: str, failure: str | None) -> None:
        """Raise the gateway's alarm when a signal fails, and clear it once all of them work again."""
        if failure is None:
            self._failures.pop(what, None)
        else:
            self.health.counters[f"alarm.{what}_failed"] += 1
            if self._failures.get(what) != failure:
                _log.warning("alarm.signal_failed", signal=what, error=failure)
            self._failures[what] = failure
        self.health.alarms.set(
            AlarmKey.SIGNAL_FAILED,
            stands=bool(self._failures),
            t_ms=self.clock.wall_ms(),
            detail="; ".join(self._failures.values()),
        )


def _key(announcement: Announcement) -> str | None:
    return announcement.alarm.key if announcement.alarm else None
