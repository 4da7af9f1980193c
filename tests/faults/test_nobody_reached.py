"""Every channel down, erring or hanging: health says so, the patient's own home alarms, and both end."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import msgspec
import pytest
from structlog.testing import capture_logs

from cloud.alerts.telling.dispatch import Dispatch
from cloud.alerts.telling.errands import Pace
from cloud.alerts.telling.pipeline import Pipeline
from cloud.commands.issue import CommandIssuer
from cloud.liveness.last_resort import SINCE_S, LastResort, ways_failed
from cloud.ports import Channel, Device, Message, Priority
from edge.alarms.alerting_watch import AlertingWatch, Patience, Way
from edge.alarms.local_alarm import AlarmChange, AlarmKey, LocalAlarms
from edge.alarms.standing_alarms import StandingAlarms
from edge.remote.command_table import command_table
from edge.remote.commands import Answer
from tests.fakes.alert_material import PATIENT, STRAP, alert
from tests.fakes.clock import FakeClock
from tests.fakes.command_book import FakeCommandBook
from tests.fakes.telling_bench import TellingBench
from vitals.errors import DeliveryError
from vitals.records import CommandOutcome
from vitals.wire.command import NobodyReached

QUICK = Pace(deadline_s=0.2, patience_s=0.4, waits_s=(0.1,))
LATER_S = 400.0
"""A step of the ladder, and whatever it waits for."""


@dataclass(slots=True)
class FaultyChannel:
    """Fails as `fault` says until it is mended."""

    channel: Channel
    fault: Callable[[threading.Event], None]
    mended: threading.Event = field(default_factory=threading.Event)
    taken: list[str] = field(default_factory=list)

    def deliver(self, message: Message) -> str | None:
        if not self.mended.is_set():
            self.fault(self.mended)
        self.taken.append(message.alert.id)
        return None


def down(_: threading.Event) -> None:
    raise DeliveryError("the mail server refuses the connection: check its address")


def erring(_: threading.Event) -> None:
    raise ZeroDivisionError


def hanging(mended: threading.Event) -> None:
    mended.wait(60)
    raise DeliveryError("the connection was lost")


class Home:
    """The gateway of the patient: what it is asked, and what it alarms of."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.standing = StandingAlarms(clock=FakeClock(), new_id=lambda: "id")
        self.alarms = LocalAlarms(hook=self.heard)
        self.watch = AlertingWatch(alarms=self.alarms, patience=Patience(), now_s=0.0)
        self.standing.on_unreached = lambda priority, for_s: self.watch.nobody_reached(
            priority, for_s=for_s, now_s=self.now_s
        )
        self.changes: list[AlarmChange] = []
        self.do = command_table(
            upload=refuse,
            fetch_model=refuse,
            model_part=refuse,
            apply_release=refuse,
            forget=refuse,
            signals=self.standing,
        )["nobody-reached"]

    def heard(self, change: AlarmChange) -> None:
        self.changes.append(change)
        self.standing.on_change(change)

    def ask(self, body: dict[str, object]) -> None:
        answer = self.do("command-1", msgspec.convert(body, NobodyReached))
        assert answer is not None
        assert answer.outcome is CommandOutcome.DONE
        self.watch.look(Way(is_up=True), now_s=self.now_s, now_ms=int(self.now_s * 1000))


def refuse(*_: object) -> Answer:
    raise AssertionError("nothing else is asked")


class Bench:
    """Lin, Bo and Ada, whose every way fails; and the last resort."""

    def __init__(self, fault: Callable[[threading.Event], None]) -> None:
        self.people = TellingBench()
        self.now_s = 0.0
        self.channels = [FaultyChannel(each, fault) for each in (Channel.EMAIL, Channel.WEB_PUSH)]
        self.dispatch = Dispatch(
            notifiers=self.channels, contacts=self.people.contacts, clock=self.people.clock, pace=QUICK
        )
        before = self.people.pipeline
        self.pipeline = Pipeline(
            store=before.store,
            reader=before.reader,
            circles=before.circles,
            pages=before.pages,
            slow=self.dispatch,
            clock=before.clock,
            local=before.local,
        )
        self.people.directory.note_device(worn())
        self.book = FakeCommandBook()
        self.last_resort = LastResort(
            unreached=lambda: ways_failed(self.pipeline.unreached),
            directory=self.people.directory,
            issuer=CommandIssuer(book=self.book, clock=self.people.clock, new_id=self.book.new_id),
            monotonic_s=lambda: self.now_s,
        )

    @contextmanager
    def running(self) -> Iterator[None]:
        stop = threading.Event()
        thread = threading.Thread(target=self.dispatch.run, args=(stop,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            self.mend()
            stop.set()
            self.dispatch.wake()
            thread.join(20)

    def mend(self) -> None:
        for one in self.channels:
            one.mended.set()

    def until(self, condition: Callable[[], object]) -> None:
        """Run the pipeline, as a worker does, while its own clock goes on."""
        deadline_s = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < deadline_s
            self.pipeline.run()
            self.people.clock.advance(1)
            time.sleep(0.01)

    def asked(self) -> list[dict[str, object]]:
        """Return what homes are asked, once it has lasted."""
        known = len(self.book.commands)
        self.last_resort.step()
        self.now_s += SINCE_S
        self.last_resort.step()
        return [dict(one.body) for one in list(self.book.commands.values())[known:]]


def worn() -> Device:
    return Device(
        id=STRAP,
        gateway="hallway",
        patient_id=PATIENT,
        link=None,
        model=None,
        battery_percent=None,
        on_body=None,
        reported_ms=None,
        received_ms=None,
    )


@pytest.mark.parametrize("fault", [down, erring, hanging])
def test_while_every_channel_fails_the_home_alarms_and_is_quiet_once_somebody_is_reached(
    fault: Callable[[threading.Event], None],
) -> None:
    bench, home = Bench(fault), Home()
    urgent = alert("a-high", condition="asystole", priority=Priority.HIGH)
    with bench.running(), capture_logs():
        bench.people.raised(urgent, at_once=False)
        bench.until(lambda: urgent.id in bench.pipeline.unreached)
        assert any("no channel delivers" in one for one in bench.dispatch.troubles())

        (asked,) = bench.asked()
        home.ask(asked)
        assert home.alarms.standing.keys() == {AlarmKey.NOBODY_REACHED}
        assert home.changes[-1].alarm.priority.value == "high"

        bench.mend()
        bench.until(lambda: not bench.pipeline.unreached)
        assert any(one.taken for one in bench.channels)
        (taken_back,) = bench.asked()
        home.ask(taken_back)
        assert not home.alarms.standing
        assert not any("no channel delivers" in one for one in bench.dispatch.troubles())
