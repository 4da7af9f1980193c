"""Straps whose ECG nobody asks for: what the gateway makes of the RR intervals they notify."""

import asyncio
from pathlib import Path

from edge.adapters.inbox import Inbox
from edge.adapters.intake import Intake
from edge.bootstrap import load_models
from edge.config import DeviceSettings, EdgeSettings, RadioSettings
from edge.health import GatewayHealth
from edge.judging.judge import Judge
from edge.pipeline import Pipeline
from firmware_sim.bleak_backend import install
from firmware_sim.bootstrap import PatientSettings, SimulatorSettings, simulator
from tests.fakes.gateway_radio import central_of
from tests.fakes.record_sink import FakeRecordSink
from vitals.clock import ScaledClock
from vitals.records import HealthEvent, ObservationRun, Phase, Waveform

SPEED = 20.0
LIVED_S = 170.0
SCENARIOS = {
    "c0-ca-4e-00-00-01": "atrial-fibrillation",
    "c0-ca-4e-00-00-02": "ectopic-beats",
    "c0-ca-4e-00-00-03": "exercise",
}


async def test_fibrillation_is_told_once_and_neither_ectopic_beats_nor_exercise_are(tmp_path: Path) -> None:
    settings = EdgeSettings(
        gateway_id="bench",
        data_dir=tmp_path,
        devices=tuple(DeviceSettings(address=one.replace("-", ":"), ecg=False) for one in SCENARIOS),
        radio=RadioSettings(scan_rest_s=0.1, first_pause_s=0.05, longest_pause_s=0.5),
    )
    patients = tuple(PatientSettings(scenario=name, wearables=("strap",)) for name in SCENARIOS.values())
    clock, health, sink = ScaledClock(speed=SPEED), GatewayHealth(), FakeRecordSink()
    inbox = Inbox(counters=health.counters)
    pipeline = Pipeline(
        judge=Judge(models=load_models(settings, health, clock), health=health), software="carewire test"
    )
    intake = Intake(inbox=inbox, pipeline=pipeline, sink=sink, clock=clock, health=health)
    central = central_of(settings, inbox=inbox, clock=clock, health=health)

    def lived_s(device: str) -> float:
        told = [
            run
            for run in sink.records
            if isinstance(run, ObservationRun) and run.device == device and run.kind == "rr_interval"
        ]
        return (told[-1].t_ms[-1] - told[0].t_ms[0]) / 1000 if told else 0.0

    async with simulator(SimulatorSettings(speed=SPEED, patients=patients)) as sim:
        installation = install(sim.open_transport)
        try:
            async with asyncio.TaskGroup() as tasks, asyncio.timeout(60.0):
                radio, writer = tasks.create_task(central.run()), tasks.create_task(intake.run())
                while min(map(lived_s, SCENARIOS)) < LIVED_S:  # noqa: ASYNC110 - it is records that are awaited
                    await asyncio.sleep(0.1)
                radio.cancel()
                await asyncio.wait([radio])
                intake.stop()
                await asyncio.wait([writer])
        finally:
            await installation.close()

    (event,) = [one for one in sink.records if isinstance(one, HealthEvent)]
    assert (SCENARIOS[event.device], event.condition, event.phase) == (
        "atrial-fibrillation",
        "atrial-fibrillation",
        Phase.ONSET,
    )
    assert event.evidence is not None
    assert event.evidence.model == "rr-af"
    assert {"rmssd", "rr_sample_entropy", "mean_heart_rate", "beats"} <= {
        one.name for one in event.evidence.features
    }
    assert not any(isinstance(one, Waveform) for one in sink.records)
