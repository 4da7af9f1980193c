"""Every command of the wire has its handler; what is asked of light and sound is answered in words."""

import asyncio
import threading

import pytest

from edge.adapters.command_post import MOST_WAITING, CommandPost
from edge.adapters.loop_signals import LoopSignals
from edge.alarms.standing_alarms import StandingAlarms
from edge.counters import Counters
from edge.remote.command_table import SignalCommands, command_table
from edge.remote.commands import Answer
from edge.sending.uplink import CommandArrived
from tests.fakes.clock import FakeClock
from tests.fakes.gateway_delivery import until
from tests.fakes.local_signals import FakeLocalSignals
from vitals.errors import DeviceError, StorageError
from vitals.records import CommandOutcome
from vitals.wire.command import BODIES, AlertAcknowledged, Identify, NobodyReached, SilenceAlarm

ID = "0123456789abcdef"
DONE = Answer(outcome=CommandOutcome.DONE)


def unlit() -> StandingAlarms:
    """Return the signals of a gateway with neither light nor sound."""
    return StandingAlarms(clock=FakeClock(), new_id=lambda: ID, can_identify=False)


def test_every_command_of_the_wire_has_its_handler() -> None:
    table = command_table(
        upload=lambda *_: DONE,
        fetch_model=lambda *_: DONE,
        model_part=lambda *_: DONE,
        apply_release=lambda *_: None,
        forget=lambda *_: DONE,
        signals=FakeLocalSignals(),
    )
    assert table.keys() == BODIES.keys()


def test_an_alarm_is_silenced_for_as_long_as_it_may_be() -> None:
    commands = SignalCommands(signals=FakeLocalSignals({"episode-1", "cloud-silent"}))
    for asked in (
        SilenceAlarm(until_ms=10**9, event_id="episode-1"),
        SilenceAlarm(until_ms=10**9, key="cloud-silent"),
    ):
        assert commands.silence(ID, asked) == Answer(
            outcome=CommandOutcome.DONE, detail="quiet until 1970-01-01T00:01:00Z"
        )


def test_what_does_not_stand_cannot_be_silenced_and_need_not_be_acknowledged() -> None:
    commands = SignalCommands(signals=FakeLocalSignals())
    silenced = commands.silence(ID, SilenceAlarm(until_ms=1, key="cloud-silent"))
    assert silenced == Answer(outcome=CommandOutcome.REFUSED, detail="no alarm cloud-silent stands here")
    assert commands.silence(ID, SilenceAlarm(until_ms=1)).outcome is CommandOutcome.REFUSED
    told = commands.acknowledge(ID, AlertAcknowledged(event_id="episode-1"))
    assert told == Answer(outcome=CommandOutcome.DONE, detail="no alarm stands here for it")


def test_an_acknowledged_episode_sounds_no_more() -> None:
    commands = SignalCommands(signals=FakeLocalSignals({"episode-1"}))
    told = commands.acknowledge(ID, AlertAcknowledged(event_id="episode-1"))
    assert told.detail == "nothing sounds for it any more"


@pytest.mark.parametrize(("was_right", "confirmed"), [(True, ["episode-1"]), (False, []), (None, [])])
def test_what_was_right_is_passed_on(*, was_right: bool | None, confirmed: list[str]) -> None:
    signals = FakeLocalSignals()
    SignalCommands(signals=signals).acknowledge(
        ID, AlertAcknowledged(event_id="episode-1", was_right=was_right)
    )
    assert signals.confirmed == confirmed


def test_a_gateway_shows_itself_or_says_that_it_cannot() -> None:
    signals = FakeLocalSignals()
    assert SignalCommands(signals=signals).identify(ID, Identify(seconds=7)).outcome is CommandOutcome.DONE
    assert signals.shown_s == 7
    with pytest.raises(DeviceError, match="no light or sound"):
        SignalCommands(signals=unlit()).identify(ID, Identify(seconds=7))


def test_what_the_cloud_can_tell_nobody_is_alarmed_of_here_until_it_can() -> None:
    signals = FakeLocalSignals()
    commands = SignalCommands(signals=signals)
    assert commands.nobody_reached(ID, NobodyReached(for_s=900, priority="high")).detail == (
        "alarms here for 900 s"
    )
    assert signals.unreached == ("high", 900)
    assert commands.nobody_reached(ID, NobodyReached(for_s=0)).detail == "alarms no more"
    assert signals.unreached == ("medium", 0)


async def test_light_and_sound_are_asked_on_the_event_loop_from_another_thread() -> None:
    signals = FakeLocalSignals({"episode-1"})
    asked = LoopSignals(signals=signals, loop=asyncio.get_running_loop())
    assert await asyncio.to_thread(asked.silence, "episode-1", until_ms=5) == 5
    assert await asyncio.to_thread(asked.acknowledge, "episode-1")
    await asyncio.to_thread(asked.identify, 3.0)
    assert signals.shown_s == 3.0
    await asyncio.to_thread(asked.nobody_reached, priority="high", for_s=60)
    assert signals.unreached == ("high", 60)
    with pytest.raises(DeviceError, match="no light or sound"):
        await asyncio.to_thread(LoopSignals(signals=unlit(), loop=asyncio.get_running_loop()).identify, 1.0)


def test_without_a_loop_light_and_sound_say_so() -> None:
    with pytest.raises(DeviceError, match="stopping or stuck"):
        LoopSignals(signals=FakeLocalSignals()).acknowledge("episode-1")


async def test_what_was_answered_as_failed_is_not_done_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.adapters.loop_signals._PATIENCE_S", 0.05)
    signals = FakeLocalSignals({"episode-1"})
    asked = LoopSignals(signals=signals, loop=asyncio.get_running_loop())
    answers: list[Exception] = []

    def ask() -> None:
        try:
            asked.identify(3.0)
        except DeviceError as error:
            answers.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    asking.join()  # the event loop stands still meanwhile
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(answers) == 1
    assert signals.shown_s == 0.0


class FailingDesk:
    """Takes commands and fails at each in another way."""

    def __init__(self, *failures: Exception | None) -> None:
        self.failures = list(failures)
        self.taken: list[bytes] = []

    def take(self, payload: bytes, _kind: str | None) -> None:
        self.taken.append(payload)
        failure = self.failures.pop(0)
        if failure is not None:
            raise failure


async def test_whatever_a_command_meets_the_next_is_heard_and_a_flood_is_bounded() -> None:
    counters = Counters()
    desk = FailingDesk(StorageError("full"), KeyError("x"), *[None] * MOST_WAITING)
    post = CommandPost(desk, counters=counters)  # type: ignore[arg-type] # stands in for the desk
    for number in range(MOST_WAITING + 3):
        post.offer(CommandArrived(payload=bytes([number]), content_type=None))
    running = asyncio.create_task(post.run())
    await until(lambda: len(desk.taken) == MOST_WAITING)
    running.cancel()
    assert desk.taken == [bytes([number]) for number in range(MOST_WAITING)]
    assert counters == {"command.dropped": 3, "command.not_noted": 1, "command.fault": 1}
