"""The rounds a gateway makes about itself: what it finds is marked, told and kept for its report."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from edge.adapters import self_watch as rounds
from edge.adapters.alerting_memory import AlertingMemory
from edge.adapters.self_watch import SelfWatch
from edge.alarms.alerting_watch import AlertingWatch, Patience, Way
from edge.alarms.host_watch import HostWatch
from edge.alarms.local_alarm import AlarmKey, LocalAlarms
from edge.health import GatewayHealth
from edge.ports import Backlog
from edge.sending.delivery_watch import DeliveryWatch
from edge.supervision import Part, Supervision
from tests.fakes.clock import FakeClock
from tests.fakes.host import FakeHost
from vitals.errors import StorageError
from vitals.records import HostState


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BEAT_S", "DELIVERY_EVERY_S", "HOST_EVERY_S"):
        monkeypatch.setattr(rounds, name, 0.01)


class Bench:
    def __init__(self, backlog: Callable[[], Backlog] = Backlog, *, path: Path | None = None) -> None:
        self.health = GatewayHealth(alarms=LocalAlarms(hook=lambda _: None))
        self.supervision = Supervision(monotonic_s=time.monotonic)
        self.host = FakeHost(HostState(disk_free_bytes=1, load=0.25))
        self.looks = 0
        self.memory = AlertingMemory(path=path or Path("/nowhere/heard"), counters=self.health.counters)
        self.alerting = AlertingWatch(
            alarms=self.health.alarms,
            patience=Patience(silent_s=0.1, long_s=0.2),
            now_s=time.monotonic(),
            was_heard=self.memory.was_heard,
        )
        self.watch = SelfWatch(
            clock=FakeClock(),
            health=self.health,
            supervision=self.supervision,
            host=self.host,
            host_watch=HostWatch(alarms=self.health.alarms),
            delivery_watch=DeliveryWatch(alarms=self.health.alarms),
            backlog=backlog,
            alerting_watch=self.alerting,
            alerting_memory=self.memory,
            way=lambda: Way(is_up=True),
            after_look=self._looked,
            configuration_version=lambda: 4,
        )

    async def _looked(self) -> None:
        self.looks += 1

    async def until(self, condition: Callable[[], object]) -> None:
        running = asyncio.create_task(self.watch.run())
        async with asyncio.timeout(20):
            while not condition():  # noqa: ASYNC110 - what is waited for is what it did, not an event
                await asyncio.sleep(0.005)
        running.cancel()
        await asyncio.wait([running])


async def test_each_look_is_told_and_the_computer_is_in_the_report() -> None:
    bench = Bench()
    await bench.until(lambda: bench.looks >= 2 and AlarmKey.DISK_LOW in bench.health.alarms.standing)
    condition = bench.watch.condition()
    assert (condition.host, condition.configuration_version) == (bench.host.now, 4)
    assert condition.clock_synced is not None
    assert condition.uptime_s == 0


async def test_every_round_is_a_sign_of_life() -> None:
    bench = Bench()
    expected = {Part.LOOP, Part.DELIVERY_WATCH, Part.HOST_WATCH}
    await bench.until(lambda: expected <= set(bench.supervision._marked_s))


async def test_a_disk_that_is_slow_is_an_alarm_until_it_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "SLOW_DISK_S", 0.02)
    bench = Bench()
    with bench.supervision.working(Part.DISK):
        await bench.until(lambda: AlarmKey.DISK_SLOW in bench.health.alarms.standing)
    await bench.until(lambda: AlarmKey.DISK_SLOW not in bench.health.alarms.standing)


async def test_an_outbox_that_cannot_be_read_is_counted_and_looked_at_again() -> None:
    def refuse() -> Backlog:
        raise StorageError("no")

    bench = Bench(refuse)
    with capture_logs() as logs:
        await bench.until(lambda: bench.health.counters["outbox.status_failed"] >= 2)
    assert logs[0]["event"] == "outbox.status_failed"
    assert bench.looks == 0


async def test_alerting_that_was_heard_once_is_missed_after_a_restart_too(tmp_path: Path) -> None:
    path = tmp_path / "alerting-heard"
    first = Bench(path=path)
    first.alerting.heard(is_alerting=True, now_s=time.monotonic())
    await first.until(path.exists)
    second = Bench(path=path)
    await second.until(lambda: AlarmKey.CLOUD_NO_ALERTING in second.health.alarms.standing)


async def test_alerting_that_was_never_heard_is_not_missed(tmp_path: Path) -> None:
    bench = Bench(path=tmp_path / "alerting-heard")
    began_s = time.monotonic()
    await bench.until(lambda: time.monotonic() - began_s > 0.3)
    assert AlarmKey.CLOUD_NO_ALERTING not in bench.health.alarms.standing
    assert not bench.memory.was_heard


async def test_a_disk_that_does_not_keep_that_it_was_heard_is_counted_and_asked_again(tmp_path: Path) -> None:
    bench = Bench(path=tmp_path / "missing" / "alerting-heard")
    bench.alerting.heard(is_alerting=True, now_s=time.monotonic())
    with capture_logs():
        await bench.until(lambda: bench.health.counters["alerting.not_noted"] >= 2)
    assert not bench.memory.was_heard
