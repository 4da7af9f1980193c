"""The whole gateway, wired as it ships, stopped and killed in the middle of a stream."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from edge.bootstrap import build_gateway
from edge.config import EdgeSettings, load_settings
from edge.outbox import read_status
from firmware_sim.bleak_backend import install
from firmware_sim.bootstrap import SimulatorSettings, simulator
from firmware_sim.hci_server import HciServer
from tests.fakes.gateway_records import open_outbox
from vitals.clock import ScaledClock
from vitals.errors import StorageError
from vitals.records import AnyRecord, Gap, GapReason, GatewayReport, HealthEvent, Waveform
from vitals.wire.envelope import decode_record

SPEED = 5.0
TOLERANCE_MS = 1_000
"""A fifth of a real second: what a busy machine may delay a notification by."""


@pytest.fixture
def settings_file(tmp_path: Path, unused_tcp_port: int) -> Path:
    """A gateway whose broker is not there: everything waits in the outbox."""
    file = tmp_path / "gateway.toml"
    file.write_text(f"""
gateway_id = "bench"
data_dir = "{tmp_path / "gateway"}"
adopt = true
mqtt = {{ port = {unused_tcp_port} }}
radio = {{ scan_rest_s = 0.1, first_pause_s = 0.05, longest_pause_s = 0.5 }}
clock = {{ speed = {SPEED}, anchor_ms = {ScaledClock().wall_ms()} }}
""")
    return file


def everything_in(settings: EdgeSettings) -> list[AnyRecord]:
    """Return all that waits in the outbox of a gateway that does not run."""
    outbox = open_outbox(settings.outbox_file, clock=ScaledClock())
    records: list[AnyRecord] = []
    sent: dict[str, int] = {}
    try:
        while (run := outbox.next_batch(after=sent)) is not None:
            records += map(decode_record, run.payloads)
            sent[run.epoch] = run.last_seq
    finally:
        outbox.close()
    return records


def waiting(settings: EdgeSettings) -> int:
    try:
        return read_status(settings.outbox_file).records
    except StorageError:
        return 0


def largest_hole_ms(records: list[AnyRecord]) -> int:
    """Return the longest time, between the first sample and the last, that no strip and no gap speaks of."""
    spans = sorted(
        [
            (r.t0_ms, r.t0_ms + round(500 * len(r.samples) / r.rate_hz))
            for r in records
            if isinstance(r, Waveform)
        ]
        + [(r.from_ms, r.to_ms) for r in records if isinstance(r, Gap) and r.kind == "ecg"]
    )
    hole_ms, until_ms = 0, spans[0][0]
    for from_ms, to_ms in spans:
        hole_ms, until_ms = max(hole_ms, from_ms - until_ms), max(until_ms, to_ms)
    return hole_ms


async def until(condition: Callable[[], object], *, within_s: float = 40.0) -> None:
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - what is waited for lies in a file
            await asyncio.sleep(0.05)


@asynccontextmanager
async def gateway_process(settings_file: Path, radio: str) -> AsyncIterator[asyncio.subprocess.Process]:
    program = "from carewire.commands.edge import app; app()"
    with (settings_file.parent / "gateway.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, "run", "--config", str(settings_file), "--radio", radio, stderr=log
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_a_stopped_gateway_has_everything_in_its_outbox_and_the_strap_is_free(
    settings_file: Path,
) -> None:
    settings = load_settings(settings_file)
    async with simulator(SimulatorSettings(scenario="atrial-fibrillation", speed=SPEED)) as sim:
        installation = install(sim.open_transport)
        gateway = build_gateway(settings)
        stop = asyncio.Event()
        running = asyncio.create_task(gateway.run(stop))
        await until(lambda: gateway.health.counters["ecg.samples"] > 130 * 45)
        stop.set()
        await asyncio.wait_for(running, 15.0)
        gateway.close()
        await installation.close()
        assert not sim.straps[0].is_streaming
    records = everything_in(settings)
    samples = sum(len(record.samples) // 2 for record in records if isinstance(record, Waveform))
    assert samples == gateway.health.counters["ecg.samples"]
    assert [event.condition for event in records if isinstance(event, HealthEvent)] == ["atrial-fibrillation"]
    reports = [record for record in records if isinstance(record, GatewayReport)]
    assert [report.software.split()[0] for report in reports] == ["carewire"] * 2


async def test_a_gateway_killed_twice_owes_a_gap_each_time_and_nothing_else(
    settings_file: Path, tmp_path: Path
) -> None:
    settings = load_settings(settings_file)
    async with simulator(SimulatorSettings(scenario="resting", speed=SPEED)) as sim:
        server = HciServer(sim.gateway_adapter, f"unix:{tmp_path / 'radio'}")
        radio = await server.start()
        for _ in range(2):
            before = waiting(settings)
            async with gateway_process(settings_file, radio) as process:
                await until(lambda: waiting(settings) > before + 40)  # noqa: B023 - awaited before it changes
                process.kill()
        before = waiting(settings)
        async with gateway_process(settings_file, radio) as process:
            await until(lambda: waiting(settings) > before + 40)
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), 15.0) == 0
        await server.close()
    records = everything_in(settings)
    gaps = [record for record in records if isinstance(record, Gap) and record.kind == "ecg"]
    assert [gap.reason for gap in gaps] == [GapReason.GATEWAY_DOWN] * 2
    assert largest_hole_ms(records) <= TOLERANCE_MS
