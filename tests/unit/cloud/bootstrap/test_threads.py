"""The thread that alerts says when it does not get on: health is red, whatever it was that failed."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from cloud.alerts.telling.circles import Circles
from cloud.alerts.working.pulse import UNWATCHED_S
from cloud.alerts.working.worker import AlertWorker
from cloud.bootstrap.threads import STALLED_S, AlertTroubles, WorkThread
from cloud.ports import PatientSlice, Person, Role
from tests.fakes.alert_material import PATIENT, onset, slice_of
from tests.fakes.alert_state_store import FakeAlertStateStore
from tests.fakes.directory import FakeDirectory
from tests.fakes.gateway_presence import FakeGatewayPresence
from tests.fakes.leases import FakeLeases
from tests.fakes.live_feed import FakeLiveFeed
from tests.fakes.notifier import FakeNotifier
from tests.fakes.patient_feed import FakePatientFeed
from vitals.clock import ScaledClock
from vitals.errors import StorageError

SYSTEM = ScaledClock()


class UnreadableFeed(FakePatientFeed):
    def pending(self, *_: object) -> list[PatientSlice]:
        raise StorageError("the file is damaged: restore the last backup")


@dataclass(frozen=True, slots=True, kw_only=True)
class HurriedClock(ScaledClock):
    """Shows the thread's owner a time so much later that a stall is one."""

    later_s: float = 0.0

    def monotonic_s(self) -> float:
        return ScaledClock.monotonic_s(self) + self.later_s


def alerting(
    store: FakeAlertStateStore, feed: FakePatientFeed, directory: FakeDirectory | None = None
) -> AlertWorker:
    known = directory or watched_by_herself()
    return AlertWorker(
        feed=feed,
        store=store,
        reader=store,
        directory=known,
        circles=Circles(people=known),
        pages=FakeNotifier(),
        live=FakeLiveFeed(),
        clock=ScaledClock(),
        presence=FakeGatewayPresence(),
        leases=FakeLeases(),
    )


def watched_by_herself() -> FakeDirectory:
    directory = FakeDirectory()
    directory.add_person(Person(id="u-wei", display_name="Wei", role=Role.PATIENT, patient_id=PATIENT))
    return directory


def threaded(worker: AlertWorker) -> WorkThread:
    return WorkThread(name="alerts", work=worker, own_troubles=AlertTroubles(worker=worker, clock=SYSTEM))


@pytest.fixture
def started() -> Iterator[Callable[[WorkThread], WorkThread]]:
    threads: list[WorkThread] = []

    def start(thread: WorkThread) -> WorkThread:
        threads.append(thread)
        thread.start()
        return thread

    yield start
    for thread in threads:
        thread.stop()


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_records_that_cannot_be_judged_are_a_trouble_until_they_are(
    started: Callable[[WorkThread], WorkThread],
) -> None:
    store, feed = FakeAlertStateStore(failing_patients={PATIENT}), FakePatientFeed()
    feed.waiting += [slice_of(onset(0), received_s=1)]
    thread = started(threaded(alerting(store, feed)))
    eventually(lambda: bool(thread.troubles()))
    assert thread.troubles() == ("alerts: 1 patients' records cannot be judged; see the log",)
    store.failing_patients.clear()
    eventually(lambda: thread.troubles() == ())
    assert len(store.alerts) == 1


def test_an_alert_that_reaches_nobody_is_a_trouble_until_somebody_can_be_told(
    started: Callable[[WorkThread], WorkThread],
) -> None:
    store, feed, directory = FakeAlertStateStore(), FakePatientFeed(), FakeDirectory()
    feed.waiting += [slice_of(onset(0), received_s=1)]
    thread = started(threaded(alerting(store, feed, directory)))
    reason = "nobody may see this patient: grant somebody access"
    eventually(lambda: thread.troubles() == (f"alerts: 1 alerts reach nobody: {reason}",))
    directory.people |= watched_by_herself().people
    store.rouse()
    eventually(lambda: thread.troubles() == ())


def test_a_worker_that_never_got_through_its_first_step_is_a_trouble(
    started: Callable[[WorkThread], WorkThread],
) -> None:
    worker = alerting(FakeAlertStateStore(), UnreadableFeed())
    told = AlertTroubles(worker=worker, clock=SYSTEM)
    thread = started(WorkThread(name="alerts", work=worker, own_troubles=told))
    eventually(lambda: worker.statistics.counters["worker.failed"] > 0)
    assert thread.troubles() == ()
    told.pulse.monotonic_s = HurriedClock(later_s=STALLED_S + 1).monotonic_s
    assert "nothing was evaluated for" in thread.troubles()[0]


def test_a_worker_that_steps_and_judges_nobodys_silence_is_a_trouble(
    started: Callable[[WorkThread], WorkThread],
) -> None:
    worker = alerting(FakeAlertStateStore(), FakePatientFeed())
    told = AlertTroubles(worker=worker, clock=SYSTEM)
    thread = started(WorkThread(name="alerts", work=worker, own_troubles=told))
    eventually(lambda: worker.statistics.stepped_s is not None)
    assert thread.troubles() == ()
    worker._ticked_ms = 1 << 60  # a clock that was far ahead when it last judged
    eventually(lambda: worker.statistics.watched_s is not None)
    worker.statistics.watched_s = SYSTEM.monotonic_s() - UNWATCHED_S - 1
    worker._ticked_ms = SYSTEM.wall_ms()
    assert "nobody's silence was judged for" in thread.troubles()[0]


def test_a_thread_that_has_ended_is_a_trouble_and_one_not_begun_too(
    started: Callable[[WorkThread], WorkThread],
) -> None:
    thread = threaded(alerting(FakeAlertStateStore(), FakePatientFeed()))
    assert thread.troubles() == ("alerts: its thread has ended; start the service again",)
    started(thread)
    assert thread.troubles() == ()
    thread.stop()
    assert thread.troubles() == ("alerts: its thread has ended; start the service again",)
