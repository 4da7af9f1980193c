"""Light and sound follow the alarms: the rhythm of each priority, one sound at a time, no failure unseen."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from edge.adapters import annunciator as module
from edge.adapters.annunciator import Annunciator
from edge.alarms.alarm_signals import IDENTIFY_FLASH, SIGNALS, State
from edge.alarms.local_alarm import ALARMS, AlarmChange, AlarmKey, LocalAlarms, Priority
from edge.alarms.standing_alarms import SignalPolicy, StandingAlarms
from edge.health import GatewayHealth
from tests.fakes.alarm_signals import FakeAlarmLight, FakeAlarmSound
from tests.fakes.clock import FakeClock
from vitals.records import HealthEvent, Phase

FALL = "episode-of-a-fall"


class Bench:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.alarms = StandingAlarms(
            clock=self.clock, new_id=lambda: "limit-episode", policy=SignalPolicy.ALWAYS
        )
        self.health = GatewayHealth(alarms=LocalAlarms(hook=lambda _: None))
        self.light = FakeAlarmLight()
        self.sound = FakeAlarmSound()
        self.annunciator = Annunciator(
            alarms=self.alarms,
            health=self.health,
            clock=self.clock,
            monotonic_s=self.clock.monotonic_s,
            light=self.light,
            sound=self.sound,
        )

    def own(self, key: AlarmKey, *, stands: bool = True) -> None:
        self.alarms.on_change(AlarmChange(alarm=ALARMS[key], is_raised=stands, t_ms=self.clock.wall_ms()))

    def fall(self, phase: Phase = Phase.ONSET) -> None:
        t_ms = self.clock.wall_ms()
        self.alarms.on_record(
            HealthEvent(
                event_id=FALL, device="pendant", condition="fall", phase=phase, t_ms=t_ms, noticed_ms=t_ms
            )
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.annunciator.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(20):
            while not condition():  # noqa: ASYNC110 - what is waited for is what it did, not an event
                await asyncio.sleep(0.001)

    async def some_steps(self) -> None:
        for _ in range(30):
            await asyncio.sleep(0.001)

    def said(self) -> list[tuple[State, str | None]]:
        return [(a.state, a.alarm.key if a.alarm else None) for a in self.sound.begun]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STEP_S", "IDLE_S"):
        monkeypatch.setattr(module, name, 0.0005)


def test_flashes_and_repeats_are_within_the_standards_bounds() -> None:
    hz = {priority: 1 / row.flash.period_s for priority, row in SIGNALS.items()}
    share = {priority: row.flash.on_s / row.flash.period_s for priority, row in SIGNALS.items()}
    assert 1.4 <= hz[Priority.HIGH] <= 2.8
    assert 0.4 <= hz[Priority.MEDIUM] <= 0.8
    assert all(0.2 <= share[priority] <= 0.6 for priority in (Priority.HIGH, Priority.MEDIUM))
    assert share[Priority.LOW] == 1
    assert 2.5 <= (SIGNALS[Priority.HIGH].every_s or 0) <= 15
    assert 2.5 <= (SIGNALS[Priority.MEDIUM].every_s or 0) <= 30
    assert 1 / IDENTIFY_FLASH.period_s > 2.8


async def test_with_nothing_to_tell_it_is_dark_and_nothing_is_said() -> None:
    bench = Bench()
    async with bench.running():
        await bench.some_steps()
    assert bench.light.switched == [False]
    assert bench.said() == []


async def test_the_light_flashes_in_the_rhythm_of_the_most_urgent() -> None:
    bench = Bench()
    bench.fall()
    async with bench.running():
        for wanted in (True, False, True, False):
            await bench.until(lambda: bench.light.switched[-1:] == [wanted])  # noqa: B023 - awaited before it changes
            bench.clock.advance(0.25)
    assert bench.light.switched[-1] is False


async def test_an_urgent_alarm_is_heard_again_and_again_until_somebody_has_seen_to_it() -> None:
    bench = Bench()
    bench.fall()
    async with bench.running():
        for times in (1, 2, 3):
            await bench.until(lambda: len(bench.said()) == times)  # noqa: B023 - awaited before it changes
            await bench.some_steps()
            assert len(bench.said()) == times
            bench.clock.advance(10)
        await bench.until(lambda: len(bench.said()) == 4)
        bench.alarms.acknowledge(FALL)
        await bench.until(lambda: bench.said()[-1] == (State.QUIET, None))
        bench.clock.advance(1000)
        await bench.some_steps()
    assert bench.said() == [(State.SOUNDING, FALL)] * 4 + [(State.QUIET, None)]


async def test_a_low_one_is_heard_once() -> None:
    bench = Bench()
    bench.own(AlarmKey.RADIO_FAILED)
    async with bench.running():
        await bench.until(bench.said)
        bench.clock.advance(10_000)
        await bench.some_steps()
    assert bench.said() == [(State.SOUNDING, AlarmKey.RADIO_FAILED)]


async def test_only_one_sound_at_a_time_and_the_more_urgent_cuts_in() -> None:
    bench = Bench()
    bench.sound.may_end.clear()
    bench.own(AlarmKey.RADIO_FAILED)
    async with bench.running():
        await bench.until(bench.said)
        bench.fall()
        await bench.until(lambda: len(bench.said()) == 2)
        bench.own(AlarmKey.CLOUD_SILENT)
        bench.clock.advance(100)
        await bench.some_steps()
        assert bench.said() == [(State.SOUNDING, AlarmKey.RADIO_FAILED), (State.SOUNDING, FALL)]
    assert bench.sound.most_at_once == 1
    assert [announcement.alarm.key for announcement in bench.sound.cut_off if announcement.alarm] == [
        AlarmKey.RADIO_FAILED,
        FALL,
    ]


async def test_when_all_is_over_that_is_said_too() -> None:
    bench = Bench()
    bench.fall()
    async with bench.running():
        await bench.until(bench.said)
        bench.fall(Phase.END)
        await bench.until(lambda: len(bench.said()) == 2)
    assert bench.said()[-1] == (State.QUIET, None)


async def test_a_gateway_that_is_looked_for_shows_itself() -> None:
    bench = Bench()
    bench.alarms.identify(5)
    async with bench.running():
        await bench.until(lambda: bench.said() == [(State.IDENTIFY, None)])
        bench.clock.advance(0.05)
        await bench.until(lambda: True in bench.light.switched)
        bench.clock.advance(5)
        await bench.until(lambda: bench.said()[-1] == (State.QUIET, None))


@pytest.mark.parametrize("what", ["light", "sound"])
async def test_a_signal_that_fails_is_an_alarm_until_it_works_again(what: str) -> None:
    bench = Bench()
    broken = bench.light if what == "light" else bench.sound
    broken.is_broken = True
    bench.fall()
    async with bench.running():
        await bench.until(lambda: AlarmKey.SIGNAL_FAILED in bench.health.alarms.standing)
        broken.is_broken = False
        bench.clock.advance(10.25)
        await bench.until(lambda: AlarmKey.SIGNAL_FAILED not in bench.health.alarms.standing)
    assert bench.health.counters[f"alarm.{what}_failed"] >= 1


async def test_without_light_and_sound_nothing_is_amiss_and_no_time_is_spent() -> None:
    bench = Bench()
    bench.annunciator.light = bench.annunciator.sound = None
    bench.fall()
    async with asyncio.timeout(20):
        await bench.annunciator.run()
    assert bench.health.alarms.standing == {}
