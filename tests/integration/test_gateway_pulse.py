"""The gateway's radio and pipeline against a simulated wrist band: the pulse it tells is the wearer's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np

from edge.adapters.inbox import Inbox
from edge.adapters.intake import Intake
from edge.config import EdgeSettings, RadioSettings
from edge.health import GatewayHealth
from edge.pipeline import Pipeline
from firmware_sim.bleak_backend import install
from firmware_sim.bootstrap import PatientSettings, Simulator, SimulatorSettings, simulator
from tests.fakes.gateway_radio import central_of
from tests.fakes.judge import judge_of
from tests.fakes.record_sink import FakeRecordSink
from vitals.clock import ScaledClock
from vitals.records import ObservationRun

SPEED = 10.0


@asynccontextmanager
async def gateway_beside(
    scenario: str, data_dir: Path
) -> AsyncIterator[tuple[Simulator, FakeRecordSink, GatewayHealth]]:
    patient = PatientSettings(scenario=scenario, wearables=("wrist-band",), seed=3)
    radio = RadioSettings(scan_rest_s=0.1, first_pause_s=0.05, longest_pause_s=0.5)
    settings = EdgeSettings(gateway_id="bench", data_dir=data_dir, adopt=True, radio=radio)
    clock, health, sink = ScaledClock(speed=SPEED), GatewayHealth(), FakeRecordSink()
    inbox = Inbox(counters=health.counters)
    pipeline = Pipeline(judge=judge_of(health), software="carewire test")
    intake = Intake(inbox=inbox, pipeline=pipeline, sink=sink, clock=clock, health=health)
    async with simulator(SimulatorSettings(speed=SPEED, patients=(patient,))) as sim:
        installation = install(sim.open_transport)
        central = central_of(settings, inbox=inbox, clock=clock, health=health)
        async with asyncio.TaskGroup() as tasks:
            heard, written = tasks.create_task(central.run()), tasks.create_task(intake.run())
            yield sim, sink, health
            heard.cancel()
            await asyncio.wait([heard])
            intake.stop()
            await asyncio.wait([written])
        await installation.close()


def values(sink: FakeRecordSink, kind: str) -> list[float]:
    runs = [record for record in sink.records if isinstance(record, ObservationRun) and record.kind == kind]
    return [run.value[0] for run in runs]


async def test_the_pulse_told_of_a_wrist_band_is_its_wearers(tmp_path: Path) -> None:
    async with gateway_beside("generated-resting", tmp_path) as (sim, sink, _):
        async with asyncio.timeout(60):
            while len(values(sink, "pulse_rate")) < 5:  # noqa: ASYNC110 - what is waited for is what came out
                await asyncio.sleep(0.05)
        body = sim.patients[0].body
        lived = [body.vital_signs(second).heart_rate_bpm for second in np.arange(1.0, 30.0)]
    told = values(sink, "pulse_rate")
    assert min(lived) - 3.0 <= min(told)
    assert max(told) <= max(lived) + 3.0


async def test_a_band_off_the_skin_tells_no_pulse_and_says_so(tmp_path: Path) -> None:
    async with gateway_beside("sensor-off", tmp_path) as (_, sink, health):
        async with asyncio.timeout(60):
            while health.counters["pulse.withheld.poor-contact"] < 3:  # noqa: ASYNC110 - likewise
                await asyncio.sleep(0.05)
            told = len(values(sink, "pulse_rate"))
            while health.counters["pulse.withheld.poor-contact"] < 6:  # noqa: ASYNC110 - likewise
                await asyncio.sleep(0.05)
    assert len(values(sink, "pulse_rate")) == told
    assert values(sink, "ppg_quality")[-3:] == [0.0, 0.0, 0.0]
