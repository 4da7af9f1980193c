"""The gateway as it ships, on BlueZ's D-Bus: nothing in it knows that the radio is simulated."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from firmware_sim.bluez import BluezService, private_bus
from firmware_sim.bootstrap import Simulator, SimulatorSettings, simulator
from tests.fakes.outbox_contents import everything_in, largest_hole_ms, waiting
from vitals.clock import ScaledClock
from vitals.records import DeviceReport, Gap, GapReason, LinkState, ObservationRun, Waveform

SPEED = 5.0
TOLERANCE_MS = 1_000
"""A fifth of a real second: what a busy machine may delay a notification by."""


@dataclass(frozen=True, kw_only=True)
class Household:
    """One strap, one BlueZ, and a gateway that comes and goes; its broker is not there."""

    sim: Simulator
    bus: str
    settings: Path
    outbox: Path

    @asynccontextmanager
    async def gateway(self) -> AsyncIterator[asyncio.subprocess.Process]:
        environment = os.environ | {"DBUS_SYSTEM_BUS_ADDRESS": self.bus}
        with self.settings.with_suffix(".log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "carewire", "edge", "run", "--config", str(self.settings)),
                env=environment,
                stdout=log,
                stderr=log,
            )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def receives(self, more: int) -> None:
        """Wait for as many more records in the outbox."""
        enough = waiting(self.outbox) + more
        await until(lambda: waiting(self.outbox) >= enough)

    def link_is_up(self) -> bool:
        return self.sim.straps[0].is_connected


@pytest.fixture
async def household(tmp_path: Path, unused_tcp_port: int) -> AsyncIterator[Household]:
    settings = tmp_path / "gateway.toml"
    settings.write_text(f"""
gateway_id = "bench"
data_dir = "{tmp_path / "gateway"}"
adopt = true
mqtt = {{ port = {unused_tcp_port} }}
radio = {{ scan_rest_s = 0.1, first_pause_s = 0.05, longest_pause_s = 0.5 }}
clock = {{ speed = {SPEED}, anchor_ms = {ScaledClock().wall_ms()} }}
""")
    async with (
        private_bus() as bus,
        simulator(SimulatorSettings(speed=SPEED)) as sim,
        BluezService(bus, sim.open_transport).running(),
    ):
        yield Household(sim=sim, bus=bus, settings=settings, outbox=tmp_path / "gateway" / "outbox.db")


async def until(condition: Callable[[], object], *, within_s: float = 40.0) -> None:
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - what is waited for lies in a file
            await asyncio.sleep(0.05)


async def test_what_a_strap_says_is_in_the_outbox_and_a_lost_link_costs_what_is_stated(
    household: Household,
) -> None:
    async with household.gateway() as gateway:
        await household.receives(30)
        household.sim.straps[0].drop_link()
        await until(lambda: not household.link_is_up())
        await household.receives(30)
        gateway.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(gateway.wait(), 15.0) == 0
    assert not household.link_is_up()
    records = everything_in(household.outbox)
    assert {record.kind for record in records if isinstance(record, Waveform)} >= {"ecg"}
    assert {record.kind for record in records if isinstance(record, ObservationRun)} >= {"heart_rate"}
    known = [record for record in records if isinstance(record, DeviceReport)]
    assert known[-1].model == "Strap"
    assert LinkState.DISCONNECTED in {report.link for report in known}
    gaps = [record for record in records if isinstance(record, Gap) and record.kind == "ecg"]
    assert [gap.reason for gap in gaps] == [GapReason.LINK_LOST]
    assert largest_hole_ms(records) <= TOLERANCE_MS


async def test_a_link_that_a_killed_gateway_left_behind_is_taken_up_by_the_next(household: Household) -> None:
    async with household.gateway() as gateway:
        await household.receives(30)
        gateway.kill()
    await asyncio.sleep(0.2)
    assert household.link_is_up(), "BlueZ keeps a link whose program died"
    async with household.gateway() as gateway:
        await household.receives(30)
        gateway.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(gateway.wait(), 15.0) == 0
    records = everything_in(household.outbox)
    gaps = [record for record in records if isinstance(record, Gap) and record.kind == "ecg"]
    assert [gap.reason for gap in gaps] == [GapReason.GATEWAY_DOWN]
    assert largest_hole_ms(records) <= TOLERANCE_MS
