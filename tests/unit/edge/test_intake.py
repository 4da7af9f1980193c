import asyncio
import threading
from collections.abc import Callable, Sequence

import pytest
from structlog.testing import capture_logs

from edge.adapters import intake as intake_module
from edge.adapters.inbox import Inbox, LinkChange, Notification
from edge.adapters.intake import Intake, within_bounds
from edge.alarms.local_alarm import AlarmKey, LocalAlarms
from edge.health import GatewayHealth
from edge.last_seen import Progress
from edge.pipeline import Pipeline
from tests.fakes.clock import FakeClock
from tests.fakes.judge import judge_of
from tests.fakes.record_sink import FakeRecordSink
from tests.fakes.strap import FakeStrap, stamp_at, steady_mv
from vitals.errors import StorageError
from vitals.gatt import uuids
from vitals.records import AnyRecord, Gap, GapReason, HealthEvent, LinkState, ObservationRun, Phase, Waveform

STRAP = "c0-00-00-00-00-01"


class Bench:
    def __init__(self, remember: Callable[[Progress], None] = lambda _: None) -> None:
        self.health = GatewayHealth(alarms=LocalAlarms(hook=lambda _: None))
        self.inbox = Inbox(counters=self.health.counters)
        self.sink = FakeRecordSink()
        self.told = 0
        self.intake = Intake(
            inbox=self.inbox,
            pipeline=Pipeline(judge=judge_of(self.health), software="carewire test"),
            sink=self.sink,
            clock=FakeClock(),
            health=self.health,
            after_write=self.tell,
            remember=remember,
        )

    def tell(self) -> None:
        self.told += 1

    def put_ecg(self, seconds: float) -> None:
        for value, received in FakeStrap(ecg_mv=steady_mv(seconds)).frames():
            self.inbox.put(Notification(device=STRAP, uuid=uuids.SIGNAL_DATA, value=value, received=received))

    def samples(self) -> int:
        return sum(len(r.samples) // 2 for r in self.sink.records if isinstance(r, Waveform))


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GATHER_S", "_TICK_S", "_RETRY_S"):
        monkeypatch.setattr(intake_module, name, 0.01)


async def test_a_stop_writes_what_is_there_even_half_a_strip() -> None:
    bench = Bench()
    running = asyncio.create_task(bench.intake.run())
    bench.put_ecg(3.5)
    bench.intake.stop()
    await asyncio.wait_for(running, 5.0)
    assert bench.samples() == 455
    assert bench.told >= 1


async def test_while_a_write_does_not_return_who_looks_on_is_told_of_what_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench, thawed, seen = Bench(), threading.Event(), list[AnyRecord]()
    append = bench.sink.append
    frozen = threading.Event()

    def frozen_append(records: Sequence[AnyRecord]) -> None:
        frozen.set()
        assert thawed.wait(20)
        append(records)

    monkeypatch.setattr(bench.sink, "append", frozen_append, raising=False)
    bench.intake.observers = (seen.append,)
    running = asyncio.create_task(bench.intake.run())
    bench.put_ecg(3.0)
    async with asyncio.timeout(20):
        while not frozen.is_set():  # noqa: ASYNC110 - it is another thread's
            await asyncio.sleep(0.01)
        before = len(seen)
        bench.inbox.put(
            Notification(
                device=STRAP,
                uuid=uuids.HEART_RATE_MEASUREMENT,
                value=bytes([0, 60]),
                received=stamp_at(4.0),
            )
        )
        while len(seen) == before:  # noqa: ASYNC110 - what is told is what is waited for
            await asyncio.sleep(0.01)
    thawed.set()
    bench.intake.stop()
    await asyncio.wait_for(running, 20)
    assert bench.sink.records == seen + bench.sink.records[len(seen) :], "in the order they were made"
    assert bench.samples() == 390


async def test_while_the_disk_refuses_records_are_kept_and_the_alarm_stands() -> None:
    bench = Bench()
    bench.sink.is_broken = True
    running = asyncio.create_task(bench.intake.run())
    bench.put_ecg(3.0)
    async with asyncio.timeout(5.0):
        while bench.health.counters["intake.write_failed"] < 2:  # noqa: ASYNC110 - the retries are what is waited for
            await asyncio.sleep(0.01)
    assert AlarmKey.OUTBOX_FAILED in bench.health.alarms.standing
    assert bench.told == 0
    bench.sink.is_broken = False
    async with asyncio.timeout(5.0):
        while bench.samples() < 390:  # noqa: ASYNC110 - likewise
            await asyncio.sleep(0.01)
    assert AlarmKey.OUTBOX_FAILED not in bench.health.alarms.standing
    bench.intake.stop()
    await asyncio.wait_for(running, 5.0)
    assert bench.samples() == 390


async def test_a_stop_waits_a_moment_for_a_disk_that_refuses() -> None:
    bench = Bench()
    bench.put_ecg(3.0)
    bench.sink.is_broken = True
    running = asyncio.create_task(bench.intake.run())
    bench.intake.stop()
    async with asyncio.timeout(5.0):
        while not bench.health.counters["intake.write_failed"]:  # noqa: ASYNC110 - the failure is what is waited for
            await asyncio.sleep(0)
    bench.sink.is_broken = False
    await asyncio.wait_for(running, 5.0)
    assert bench.samples() == 390


async def test_a_stop_that_the_disk_never_lets_write_ends_and_says_what_is_lost() -> None:
    bench = Bench()
    bench.put_ecg(3.0)
    bench.sink.is_broken = True
    running = asyncio.create_task(bench.intake.run())
    bench.intake.stop()
    with capture_logs() as said:
        await asyncio.wait_for(running, 5.0)
    (lost,) = [line for line in said if line["event"] == "intake.lost_at_stop"]
    assert lost["count"] > 0


async def test_it_is_remembered_until_when_samples_are_safe_but_only_once_they_are() -> None:
    remembered: list[Progress] = []
    bench = Bench(remember=remembered.append)
    bench.sink.is_broken = True
    running = asyncio.create_task(bench.intake.run())
    bench.put_ecg(3.0)
    await asyncio.sleep(0.1)
    assert remembered == []
    bench.sink.is_broken = False
    bench.intake.stop()
    await asyncio.wait_for(running, 5.0)
    last = max(r.t0_ms for r in bench.sink.records if isinstance(r, Waveform))
    assert remembered[-1] == Progress(safe_until_ms={f"{STRAP}/ecg": last + 1000})


async def test_not_being_able_to_remember_costs_no_record_and_no_second_copy() -> None:
    def refuse(_: Progress) -> None:
        raise StorageError("the disk is full")

    bench = Bench(remember=refuse)
    running = asyncio.create_task(bench.intake.run())
    bench.put_ecg(3.0)
    await asyncio.sleep(0.1)
    bench.intake.stop()
    await asyncio.wait_for(running, 5.0)
    assert bench.samples() == 390
    assert bench.health.counters["intake.last_seen_failed"] > 0


async def test_one_item_that_breaks_the_program_costs_only_itself() -> None:
    bench = Bench()
    broken = Notification(device="not a device id", uuid=None, value=b"", received=stamp_at(0.0))  # type: ignore[arg-type] # that is the mistake
    bench.inbox.put(broken)
    bench.put_ecg(2.0)
    bench.inbox.put(LinkChange(device=STRAP, link=LinkState.DISCONNECTED, received=stamp_at(2.0)))
    running = asyncio.create_task(bench.intake.run())
    bench.intake.stop()
    await asyncio.wait_for(running, 5.0)
    assert bench.health.counters["intake.item_failed"] == 1
    assert bench.samples() == 260


async def test_a_record_that_the_outbox_refuses_for_good_stops_nothing_and_is_counted() -> None:
    bench = Bench()
    bench.sink.refuses_records = True
    running = asyncio.create_task(bench.intake.run())
    bench.put_ecg(2.0)
    async with asyncio.timeout(5.0):
        while not bench.told:  # noqa: ASYNC110 - the write is what is waited for
            await asyncio.sleep(0.01)
    bench.intake.stop()
    await asyncio.wait_for(running, 5.0)
    assert bench.health.counters["intake.records_refused"] > 0


async def test_a_mistake_in_what_is_due_by_time_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def mistaken(_: object) -> list[AnyRecord]:
        raise KeyError("a mistake of ours")

    bench = Bench()
    monkeypatch.setattr(bench.intake.pipeline, "tick", mistaken)
    running = asyncio.create_task(bench.intake.run())
    bench.put_ecg(2.0)
    await asyncio.sleep(0.1)
    bench.intake.stop()
    await asyncio.wait_for(running, 5.0)
    assert bench.samples() == 260
    assert bench.health.counters["intake.item_failed"] > 0


def test_over_the_bound_the_oldest_become_one_gap_a_kind_and_events_stay() -> None:
    strips = [
        Waveform(device=STRAP, kind="ecg", t0_ms=1000 * n, rate_hz=2.0, samples=bytes(4), scale=1.0)
        for n in range(4)
    ]
    event = HealthEvent(
        event_id="episode-1",
        device=STRAP,
        condition="atrial-fibrillation",
        phase=Phase.ONSET,
        t_ms=1,
        noticed_ms=2,
    )
    run = ObservationRun(device=STRAP, kind="heart_rate", t_ms=[5], value=[60.0])
    ecg, pulse, *kept = within_bounds([strips[0], event, strips[1], run, strips[2], strips[3]], 2)
    assert kept == [event, strips[2], strips[3]]
    assert isinstance(ecg, Gap)
    assert (ecg.kind, ecg.reason, ecg.from_ms, ecg.to_ms, ecg.missed) == (
        "ecg",
        GapReason.OUTBOX_FULL,
        0,
        1500,
        4,
    )
    assert isinstance(pulse, Gap)
    assert (pulse.kind, pulse.missed) == ("heart_rate", 1)


def test_within_the_bound_nothing_changes() -> None:
    run = ObservationRun(device=STRAP, kind="heart_rate", t_ms=[5], value=[60.0])
    assert within_bounds([run], 1) == [run]


async def test_a_record_that_who_looks_on_cannot_take_hides_none_that_follows() -> None:
    bench, seen = Bench(), list[AnyRecord]()

    def fail_at_the_first(record: AnyRecord) -> None:
        seen.append(record)
        if len(seen) == 1:
            raise RuntimeError("mine")

    bench.intake.observers = (fail_at_the_first,)
    running = asyncio.create_task(bench.intake.run())
    bench.put_ecg(3.5)
    with capture_logs():
        bench.intake.stop()
        await asyncio.wait_for(running, 20)
    assert sum(len(each.samples) // 2 for each in seen if isinstance(each, Waveform)) == 3.5 * 130


async def test_who_looks_on_is_told_of_each_record_before_it_is_durable_and_cannot_stop_it() -> None:
    bench = Bench()
    seen: list[AnyRecord] = []

    def break_down(_: AnyRecord) -> None:
        raise RuntimeError("mine")

    bench.intake.observers = (break_down, seen.append)
    bench.sink.is_broken = True
    running = asyncio.create_task(bench.intake.run())
    bench.put_ecg(3.5)
    with capture_logs():
        async with asyncio.timeout(20):
            while not seen:  # noqa: ASYNC110 - what is waited for is what it did, not an event
                await asyncio.sleep(0.005)
        assert bench.sink.records == []
        bench.sink.is_broken = False
        bench.intake.stop()
        await running
    assert bench.samples() == 3.5 * 130
    assert bench.health.counters["intake.observer_failed"] >= 1
