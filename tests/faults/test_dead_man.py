"""Alerting that stands still is noticed outside and at home: a check hears no more, gateways alarm."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from cloud.alerts.judging.evaluate import evaluate
from cloud.alerts.telling.circles import Circles
from cloud.alerts.working import worker as working
from cloud.alerts.working.pulse import Pulse
from cloud.alerts.working.worker import AlertWorker
from cloud.bootstrap.threads import WorkThread
from cloud.liveness.heartbeat import Heartbeat
from cloud.liveness.http_beacon import HttpBeacon
from edge.alarms import alerting_watch
from edge.alarms.alerting_watch import AlertingWatch, Patience, Way
from edge.alarms.local_alarm import AlarmKey, LocalAlarms
from edge.sending.delivery import Delivery
from tests.fakes.alert_material import onset, slice_of
from tests.fakes.alert_state_store import FakeAlertStateStore
from tests.fakes.broker_process import Mosquitto
from tests.fakes.directory import FakeDirectory
from tests.fakes.gateway import eventually
from tests.fakes.gateway_delivery import gateway_delivering, until
from tests.fakes.gateway_presence import FakeGatewayPresence
from tests.fakes.gateway_records import open_outbox
from tests.fakes.leases import FakeLeases
from tests.fakes.live_feed import FakeLiveFeed
from tests.fakes.notifier import FakeNotifier
from tests.fakes.outside_check import OutsideCheck, outside_check
from tests.fakes.patient_feed import FakePatientFeed
from tests.fakes.split_service import SplitService
from vitals.clock import ScaledClock
from vitals.wire.liveness import Liveness

EVERY_S = 0.2


class HangingStore(FakeAlertStateStore):
    """Answers, until told to hang: then whoever asks waits."""

    hangs = threading.Event()
    goes_on = threading.Event()

    def patients(self) -> list[str]:
        if self.hangs.is_set():
            self.goes_on.wait(60)
        return list(FakeAlertStateStore.patients(self))


class Bench:
    """A worker and its heartbeat, each in its thread, and a check that hears it."""

    def __init__(self, check: OutsideCheck) -> None:
        clock = ScaledClock()
        self.store, self.feed = HangingStore(), FakePatientFeed()
        self.store.hangs, self.store.goes_on = threading.Event(), threading.Event()
        self.worker = AlertWorker(
            feed=self.feed,
            store=self.store,
            reader=self.store,
            directory=FakeDirectory(),
            circles=Circles(people=FakeDirectory()),
            pages=FakeNotifier(),
            live=FakeLiveFeed(),
            clock=clock,
            presence=FakeGatewayPresence(),
            leases=FakeLeases(),
            idle_s=0.02,
        )
        pulse = Pulse(statistics=self.worker.statistics, monotonic_s=clock.monotonic_s)
        self.red: tuple[str, ...] = ()
        self.heartbeat = Heartbeat(
            beacon=HttpBeacon(check.url, timeout_s=0.5),
            has_gone_round_since=pulse.has_gone_round_since,
            troubles_of_alerting=lambda: self.red,
            monotonic_s=clock.monotonic_s,
            every_s=EVERY_S,
            random=lambda: 0.5,
            first_pause_s=0.05,
        )
        self.working = WorkThread(name="alerts", work=self.worker, own_troubles=tuple)
        self.beating = WorkThread(name="heartbeat", work=self.heartbeat, own_troubles=tuple)

    @contextmanager
    def running(self) -> Iterator[None]:
        self.working.start()
        self.beating.start()
        try:
            yield
        finally:
            self.store.goes_on.set()
            self.beating.stop()
            self.working.stop()


@pytest.fixture
def check() -> Iterator[OutsideCheck]:
    with outside_check() as made:
        yield made


@pytest.fixture
def bench(check: OutsideCheck, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(working, "TICK_MS", 20)
    made = Bench(check)
    with made.running():
        eventually(lambda: check.beats >= 2)
        yield made


def falls_silent(check: OutsideCheck) -> bool:
    """Wait out a beat that was under way, then listen for five intervals."""
    time.sleep(2 * EVERY_S)
    heard = check.beats
    time.sleep(5 * EVERY_S)
    return check.beats == heard


def test_the_check_outside_hears_nothing_of_a_worker_whose_store_hangs_and_hears_of_it_again(
    check: OutsideCheck, bench: Bench
) -> None:
    bench.store.hangs.set()
    assert falls_silent(check)
    bench.store.hangs.clear()
    bench.store.goes_on.set()
    heard = check.beats
    eventually(lambda: check.beats > heard)
    assert not any(check.bodies), "it is told that we live, and nothing else"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_the_check_outside_hears_nothing_of_a_worker_whose_thread_has_ended(
    check: OutsideCheck, bench: Bench
) -> None:
    def end(*_: object) -> None:
        raise SystemExit

    bench.worker.evaluation = end  # type: ignore[assignment] # it never returns
    bench.feed.waiting.append(slice_of(onset(0), received_s=1))
    bench.worker.wake()
    eventually(lambda: bool(bench.working.troubles()))
    assert falls_silent(check)
    assert bench.worker.evaluation is not evaluate


def test_a_check_that_hangs_holds_nobody_up_and_one_that_refuses_is_a_trouble(
    check: OutsideCheck, bench: Bench
) -> None:
    check.hangs.set()
    stepped_s = bench.worker.statistics.stepped_s or 0.0
    eventually(lambda: (bench.worker.statistics.stepped_s or 0.0) > stepped_s + 1)
    eventually(lambda: "does not answer" in "".join(bench.heartbeat.troubles()))
    check.hangs.clear()
    eventually(lambda: bench.heartbeat.troubles() == ())
    check.status = 404
    eventually(lambda: "it answers 404" in "".join(bench.heartbeat.troubles()))
    assert "secret" not in "".join(bench.heartbeat.troubles())


# --- The whole circle, in processes ---------------------------------------------------------------


QUICK = """
import vitals.wire.liveness as said
said.SAID_EVERY_S = 0.3
import cloud.roles.peers as peers
peers.LEASE_S, peers.STARTING_S = 3.0, 5.0
import cloud.alerts.working.worker as working
working.TICK_MS = 200
"""
PATIENCE = Patience(silent_s=2.0, long_s=600.0)


class Home:
    """A gateway's delivery and its eye on the alerting of the cloud."""

    def __init__(self) -> None:
        self.alarms = LocalAlarms(hook=lambda _: None)
        self.watch = AlertingWatch(alarms=self.alarms, patience=PATIENCE, now_s=time.monotonic())

    def hear(self, said: Liveness) -> None:
        self.watch.heard(is_alerting=said.is_alerting, now_s=time.monotonic())

    async def live(self, delivery: Delivery) -> None:
        while True:
            way = Way(is_up=delivery.is_link_up, heard_s_ago=delivery.heard_s_ago)
            self.watch.look(way, now_s=time.monotonic(), now_ms=ScaledClock().wall_ms())
            await asyncio.sleep(0.05)

    @property
    def standing(self) -> set[AlarmKey]:
        return set(self.alarms.standing)

    def is_well(self) -> bool:
        return self.watch.is_expected and not self.standing


@asynccontextmanager
async def at_home(folder: Path, port: int) -> AsyncIterator[Home]:
    home, outbox = Home(), open_outbox(folder / "outbox.db")
    async with gateway_delivering(outbox, port, on_liveness=home.hear, gateway="home-1") as running:
        looking = asyncio.create_task(home.live(running.delivery))
        try:
            yield home
        finally:
            looking.cancel()
            await asyncio.wait([looking])
    outbox.close()


async def soon(condition: Callable[[], object]) -> None:
    await until(condition, within_s=120)


async def test_whoever_of_the_service_is_frozen_the_home_and_the_check_outside_notice_and_it_ends(
    tmp_path: Path, check: OutsideCheck, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerting_watch, "SERVICE_LOST_S", 1.5)
    monkeypatch.setattr(alerting_watch, "LINK_LOST_S", 1.0)
    broker = Mosquitto(tmp_path / "broker")
    broker.start()
    service = SplitService(folder=tmp_path, mqtt_port=broker.port)
    service.people()
    with service.running():
        ingest = service.start("ingest", "ingest,api", prelude=QUICK)
        alerts = service.start(
            "alerts", "alerts", prelude=QUICK, HEARTBEAT__URL=check.url, HEARTBEAT__EVERY_S="1"
        )
        async with at_home(tmp_path, broker.port) as home:
            await soon(lambda: home.is_well() and check.beats >= 2)

            alerts.freeze()
            await soon(lambda: home.standing == {AlarmKey.CLOUD_NO_ALERTING})
            heard, failed = check.beats, check.failures
            await asyncio.sleep(2.5)
            assert (check.beats, check.failures) == (heard, failed), "who stands still says nothing"
            alerts.thaw()
            await soon(lambda: home.is_well() and check.beats > heard)

            ingest.freeze()
            await soon(lambda: home.standing == {AlarmKey.CLOUD_NO_SERVICE})
            await soon(lambda: check.failures > failed)
            ingest.thaw()
            await soon(home.is_well)

            broker.kill()
            await soon(lambda: home.standing == {AlarmKey.CLOUD_NO_WAY})
            broker.start()
            await soon(home.is_well)
    broker.kill()
