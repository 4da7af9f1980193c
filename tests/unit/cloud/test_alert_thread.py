"""The thread that alerts says when it does not get on: health is red, whatever it was that failed."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from cloud.alerts.worker import AlertWorker
from cloud.bootstrap import _STALLED_S, _AlertThread
from cloud.ports import PatientSlice
from tests.fakes.alert_material import PATIENT, onset, slice_of
from tests.fakes.alert_state_store import FakeAlertStateStore
from tests.fakes.directory import FakeDirectory
from tests.fakes.gateway_presence import FakeGatewayPresence
from tests.fakes.live_feed import FakeLiveFeed
from tests.fakes.patient_feed import FakePatientFeed
from vitals.clock import ScaledClock
from vitals.errors import StorageError


class UnreadableFeed(FakePatientFeed):
    def pending(self, limit: int) -> list[PatientSlice]:  # noqa: ARG002 - the port names it
        raise StorageError("the file is damaged: restore the last backup")


@dataclass(frozen=True, slots=True, kw_only=True)
class HurriedClock(ScaledClock):
    """Shows the thread's owner a time so much later that a stall is one."""

    later_s: float = 0.0

    def monotonic_s(self) -> float:
        return ScaledClock.monotonic_s(self) + self.later_s


def alerting(store: FakeAlertStateStore, feed: FakePatientFeed) -> _AlertThread:
    worker = AlertWorker(
        feed=feed,
        store=store,
        reader=store,
        directory=FakeDirectory(),
        notifiers=(),
        live=FakeLiveFeed(),
        clock=ScaledClock(),
        presence=FakeGatewayPresence(),
    )
    return _AlertThread(worker=worker, clock=ScaledClock())


@pytest.fixture
def started() -> Iterator[Callable[[_AlertThread], _AlertThread]]:
    threads: list[_AlertThread] = []

    def start(thread: _AlertThread) -> _AlertThread:
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
    started: Callable[[_AlertThread], _AlertThread],
) -> None:
    store, feed = FakeAlertStateStore(failing_patients={PATIENT}), FakePatientFeed()
    feed.waiting += [slice_of(onset(0), received_s=1)]
    thread = started(alerting(store, feed))
    eventually(lambda: bool(thread.troubles()))
    assert thread.troubles() == ("alerts: 1 patients' records cannot be judged; see the log",)
    store.failing_patients.clear()
    eventually(lambda: thread.troubles() == ())
    assert len(store.alerts) == 1


def test_a_worker_that_never_got_through_its_first_step_is_a_trouble(
    started: Callable[[_AlertThread], _AlertThread],
) -> None:
    thread = started(alerting(FakeAlertStateStore(), UnreadableFeed()))
    eventually(lambda: thread.worker.statistics.counters["worker.failed"] > 0)
    assert thread.troubles() == ()
    thread.clock = HurriedClock(later_s=_STALLED_S + 1)
    assert "nothing was evaluated for" in thread.troubles()[0]
