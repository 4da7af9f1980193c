"""A light and a sound that remember what they were told."""

import asyncio

from edge.alarms.alarm_signals import Announcement
from vitals.errors import SignalError


class FakeAlarmLight:
    """`edge.alarms.alarm_signals.AlarmLight`."""

    def __init__(self) -> None:
        self.switched: list[bool] = []
        self.is_broken = False

    def switch(self, *, is_on: bool) -> None:
        if self.is_broken:
            raise SignalError("the light is broken: mend it")
        self.switched.append(is_on)


class FakeAlarmSound:
    """`edge.alarms.alarm_signals.AlarmSound`; holds its breath while `lasts` is not set."""

    def __init__(self) -> None:
        self.begun: list[Announcement] = []
        self.cut_off: list[Announcement] = []
        self.playing = 0
        self.most_at_once = 0
        self.is_broken = False
        self.may_end = asyncio.Event()
        self.may_end.set()

    async def play(self, announcement: Announcement) -> None:
        if self.is_broken:
            raise SignalError("the sound is broken: mend it")
        self.begun.append(announcement)
        self.playing += 1
        self.most_at_once = max(self.most_at_once, self.playing)
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.cut_off.append(announcement)
            raise
        finally:
            self.playing -= 1
