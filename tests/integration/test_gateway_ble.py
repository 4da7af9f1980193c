"""The gateway's radio, pipeline and model against simulated straps on a virtual radio: plain bleak."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest

from edge.adapters.inbox import Inbox
from edge.adapters.intake import Intake
from edge.bootstrap import load_models
from edge.config import EdgeSettings, RadioSettings
from edge.health import GatewayHealth
from edge.judging.judge import Judge
from edge.pipeline import Pipeline
from firmware_sim.bleak_backend import install
from firmware_sim.bootstrap import Simulator, SimulatorSettings, simulator
from firmware_sim.excerpts import load_excerpt
from firmware_sim.faults import fault_named
from firmware_sim.recordings import resample
from tests.fakes.gateway_radio import central_of
from tests.fakes.record_sink import FakeRecordSink
from vitals.clock import ScaledClock
from vitals.records import (
    DeviceReport,
    Gap,
    GapReason,
    HealthEvent,
    LinkState,
    ObservationRun,
    Phase,
    Waveform,
)
from vitals.wire.envelope import encode_record

SPEED = 10.0
STRAP = "c0-ca-4e-00-00-01"
T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class Bench:
    """A gateway without a cloud beside a simulator, in one process."""

    sim: Simulator
    sink: FakeRecordSink
    health: GatewayHealth
    settings: EdgeSettings
    stop: Callable[[], None] = field(default=lambda: None)

    def of(self, kind: type[T]) -> list[T]:
        return [record for record in self.sink.records if isinstance(record, kind)]

    def seconds(self) -> float:
        """How much ECG is in records, in seconds of the wearer's life."""
        return sum(len(strip.samples) / 2 / strip.rate_hz for strip in self.of(Waveform))

    def counts(self, device: str = STRAP) -> tuple[np.ndarray, np.ndarray]:
        """Every count received or declared missing, in order, and whether it was received."""
        values: list[int] = []
        known: list[bool] = []
        for record in self.sink.records:
            if isinstance(record, Waveform) and record.device == device:
                samples = np.frombuffer(record.samples, dtype="<i2").tolist()
                values += samples
                known += [True] * len(samples)
            elif isinstance(record, Gap) and record.device == device and record.kind == "ecg":
                assert record.missed is not None
                values += [0] * record.missed
                known += [False] * record.missed
        return np.array(values), np.array(known)

    async def until(self, condition: Callable[[], object], *, within_s: float = 30.0) -> None:
        async with asyncio.timeout(within_s):
            while not condition():  # noqa: ASYNC110 - what is waited for is what came out, not an event
                await asyncio.sleep(0.05)


@asynccontextmanager
async def bench(tmp_path: Path, scenario: str, *, wearables: int = 1, **radio: float) -> AsyncIterator[Bench]:
    patience = {"scan_rest_s": 0.1, "first_pause_s": 0.05, "longest_pause_s": 0.5} | radio
    settings = EdgeSettings(
        gateway_id="bench", data_dir=tmp_path, adopt=True, radio=RadioSettings.model_validate(patience)
    )
    async with simulator(SimulatorSettings(scenario=scenario, speed=SPEED, wearables=wearables)) as sim:
        installation = install(sim.open_transport)
        try:
            async with _gateway(sim, settings) as running:
                yield running
        finally:
            await installation.close()


@asynccontextmanager
async def _gateway(sim: Simulator, settings: EdgeSettings) -> AsyncIterator[Bench]:
    clock, health, sink = ScaledClock(speed=SPEED), GatewayHealth(), FakeRecordSink()
    judge = Judge(models=load_models(settings, health, clock), health=health)
    inbox = Inbox(counters=health.counters)
    pipeline = Pipeline(judge=judge, software="carewire test")
    intake = Intake(inbox=inbox, pipeline=pipeline, sink=sink, clock=clock, health=health)
    central = central_of(settings, inbox=inbox, clock=clock, health=health)
    async with asyncio.TaskGroup() as tasks:
        radio, writer = tasks.create_task(central.run()), tasks.create_task(intake.run())
        yield Bench(sim=sim, sink=sink, health=health, settings=settings)
        radio.cancel()
        await asyncio.wait([radio])
        intake.stop()
        await asyncio.wait([writer])


def assert_all_of_it(bench: Bench, excerpt: str) -> None:
    """Check each received count against the recording, from where the stream began."""
    recording = resample(load_excerpt(excerpt), 130)
    played = np.rint(recording.ecg_mv * 1000).astype(int)
    values, known = bench.counts()
    for start in range(130 * 20):
        if np.array_equal(values[:130], played[start : start + 130]):
            break
    else:
        pytest.fail("the first second received was never played")
    expected = np.tile(played, 1 + (start + len(values)) // len(played))[start : start + len(values)]
    assert np.array_equal(values[known], expected[known])


async def test_fibrillation_is_told_once_with_its_evidence_and_every_sample_arrives(tmp_path: Path) -> None:
    async with bench(tmp_path, "atrial-fibrillation") as running:
        await running.until(lambda: running.seconds() > 75.0)
    (event,) = running.of(HealthEvent)
    assert (event.device, event.condition, event.phase) == (STRAP, "atrial-fibrillation", Phase.ONSET)
    assert event.evidence is not None
    assert len(encode_record(event)) < 8_000
    first = running.of(Waveform)[0].t0_ms
    assert event.noticed_ms - first < 50_000
    assert running.of(Gap) == []
    assert_all_of_it(running, "atrial-fibrillation-201")


async def test_a_heart_at_rest_raises_nothing_and_the_strap_is_known(tmp_path: Path) -> None:
    async with bench(tmp_path, "resting") as running:
        await running.until(lambda: running.seconds() > 60.0)
    assert running.of(HealthEvent) == []
    assert running.of(Gap) == []
    assert_all_of_it(running, "resting-101")
    known = running.of(DeviceReport)[-1]
    assert (known.model, known.manufacturer, known.firmware, known.battery_percent, known.link) == (
        "Strap",
        "Carewire",
        "1.0.0",
        87,
        LinkState.CONNECTED,
    )
    rates = [run.value[0] for run in running.of(ObservationRun) if run.kind == "heart_rate"]
    assert len(rates) > 50
    assert running.health.counters["rhythm.judged"] >= 6


async def test_a_clean_stop_ends_the_stream_and_lets_the_strap_go(tmp_path: Path) -> None:
    async with bench(tmp_path, "resting") as running:
        await running.until(lambda: running.seconds() > 3.0)
        (strap,) = running.sim.straps
    await asyncio.sleep(0.1)
    assert not strap.is_connected
    assert not strap.is_streaming


async def test_a_dropped_link_is_made_again_and_what_it_cost_is_stated(tmp_path: Path) -> None:
    async with bench(tmp_path, "resting") as running:
        await running.until(lambda: running.seconds() > 5.0)
        running.sim.straps[0].drop_link()
        await running.until(lambda: {gap.kind for gap in running.of(Gap)} >= {"ecg", "heart_rate"})
        so_far = running.seconds()
        await running.until(lambda: running.seconds() > so_far + 5.0)
    gaps = running.of(Gap)
    assert sorted(gap.kind for gap in gaps) == ["ecg", "heart_rate", "rr_interval"]
    assert {gap.reason for gap in gaps} == {GapReason.LINK_LOST}
    (gap,) = [gap for gap in gaps if gap.kind == "ecg"]
    assert gap.missed is not None
    assert gap.missed > 0
    links = [report.link for report in running.of(DeviceReport)]
    assert LinkState.DISCONNECTED in links
    assert links[-1] is LinkState.CONNECTED
    assert_all_of_it(running, "resting-101")


async def test_a_link_that_is_open_but_silent_is_made_again(tmp_path: Path) -> None:
    async with bench(tmp_path, "resting", silence_s=1.5) as running:
        await running.until(lambda: running.seconds() > 5.0)
        silent = fault_named("silent-link")
        running.sim.straps[0].inject(silent)
        await running.until(lambda: LinkState.SILENT in [report.link for report in running.of(DeviceReport)])
        running.sim.straps[0].clear(silent)
        await running.until(lambda: running.of(Gap))
        so_far = running.seconds()
        await running.until(lambda: running.seconds() > so_far + 5.0)
    assert running.of(Gap)[0].reason is GapReason.LINK_SILENT
    assert running.of(DeviceReport)[-1].link is LinkState.CONNECTED
    assert_all_of_it(running, "resting-101")


async def test_a_characteristic_that_vanished_is_told_sought_again_and_found(tmp_path: Path) -> None:
    async with bench(tmp_path, "resting") as running:
        await running.until(lambda: running.seconds() > 3.0)
        vanished = fault_named("vanished-characteristic")
        (strap,) = running.sim.straps
        strap.inject(vanished)
        strap.drop_link()
        await running.until(lambda: "profile-incomplete" in [r.reason for r in running.of(DeviceReport)])
        await running.until(lambda: running.health.counters["ble.connect_failed"] >= 2)
        strap.clear(vanished)
        so_far = running.seconds()
        await running.until(lambda: running.seconds() > so_far + 3.0)
    assert running.of(Gap)[0].reason is GapReason.LINK_LOST
    assert running.of(DeviceReport)[-1].link is LinkState.CONNECTED
    assert_all_of_it(running, "resting-101")


@pytest.mark.parametrize("fault", ["truncated-notification", "over-long-notification"])
async def test_spoilt_notifications_cost_only_what_was_in_them(tmp_path: Path, fault: str) -> None:
    async with bench(tmp_path, "resting") as running:
        await running.until(lambda: running.seconds() > 5.0)
        running.sim.straps[0].inject(fault_named(fault))
        await asyncio.sleep(0.5)
        running.sim.straps[0].clear(fault_named(fault))
        await running.until(lambda: [gap for gap in running.of(Gap) if gap.kind == "ecg"])
        so_far = running.seconds()
        await running.until(lambda: running.seconds() > so_far + 5.0)
    reasons = {gap.reason for gap in running.of(Gap)}
    assert reasons == {GapReason.FRAME_UNREADABLE}
    assert running.health.counters["notification.unreadable"] > 0
    assert running.health.counters["link.disconnected"] == 0
    assert_all_of_it(running, "resting-101")


async def test_three_straps_are_served_side_by_side(tmp_path: Path) -> None:
    async with bench(tmp_path, "resting", wearables=3) as running:
        await running.until(lambda: running.seconds() > 30.0)
    assert {strip.device[-2:] for strip in running.of(Waveform)} == {"01", "02", "03"}
    assert running.of(Gap) == []
