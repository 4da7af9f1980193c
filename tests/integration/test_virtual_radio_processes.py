"""The simulator in a process of its own, and gateways that come and go without a goodbye."""

import asyncio
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import pytest
from bleak import BleakClient, BleakScanner

from firmware_sim.bleak_backend import install
from firmware_sim.bootstrap import SimulatorSettings, run_simulator
from firmware_sim.faults import ScheduledFault
from vitals.errors import ConfigurationError

ROOT = Path(__file__).parents[2]
SPEED = 4

SIMULATE = """
import asyncio, sys
from firmware_sim.bootstrap import SimulatorSettings, run_simulator
asyncio.run(run_simulator(SimulatorSettings(speed=float(sys.argv[1]), listen=sys.argv[2])))
"""


@contextmanager
def process(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        try:
            yield running
        finally:
            running.kill()


@contextmanager
def simulation(listen: str) -> Iterator[subprocess.Popen[str]]:
    with process("-c", SIMULATE, str(SPEED), listen) as running:
        assert "sim.ready" in line_with(running, "sim.ready")
        yield running


@contextmanager
def central(transport: str) -> Iterator[subprocess.Popen[str]]:
    with process("-m", "tests.integration.virtual_radio_central", transport) as running:
        yield running


def line_with(running: subprocess.Popen[str], text: str) -> str:
    """Return the next line of its output that contains the text; the process's end ends the wait."""
    assert running.stdout is not None
    seen = []
    for line in running.stdout:
        seen.append(line)
        if text in line:
            return line
    pytest.fail(f"no {text!r} in {''.join(seen)}")


def next_timestamp_s(running: subprocess.Popen[str]) -> float:
    return int(line_with(running, "frame").split()[1]) / 1e6


@pytest.mark.parametrize("scheme", ["unix", "tcp"])
def test_a_gateway_killed_and_started_again_is_back_within_seconds(tmp_path: Path, scheme: str) -> None:
    port = free_port()
    listen = {"unix": f"unix:{tmp_path}/hci", "tcp": f"tcp:127.0.0.1:{port}"}[scheme]
    transport = {"unix": f"unix:{tmp_path}/hci", "tcp": f"tcp-client:127.0.0.1:{port}"}[scheme]
    with simulation(listen) as simulator:
        with central(transport) as first:
            next_timestamp_s(first)
            first_s = next_timestamp_s(first)
            first.send_signal(signal.SIGKILL)
        killed_at = time.monotonic()
        with central(transport) as second:
            line_with(second, "started")
            started_at = time.monotonic()
            second_s = next_timestamp_s(second)
            away_s, recovery_s = time.monotonic() - killed_at, time.monotonic() - started_at
            assert next_timestamp_s(second) > second_s
            simulator.send_signal(signal.SIGTERM)  # a gateway still connected keeps nobody waiting
            assert "sim.stopped" in line_with(simulator, "sim.stopped")
            assert simulator.wait(5) == 0

    assert recovery_s < 5
    assert second_s - first_s == pytest.approx(SPEED * away_s, abs=SPEED * 2)  # the wearer lived on


def test_a_second_gateway_takes_the_adapter_from_one_that_hangs(tmp_path: Path) -> None:
    place = f"unix:{tmp_path}/hci"
    with simulation(place), central(place) as hanging:
        next_timestamp_s(hanging)
        hanging.send_signal(signal.SIGSTOP)
        with central(place) as second:
            assert next_timestamp_s(second) > 0


def test_a_gateway_outlives_its_simulator(tmp_path: Path) -> None:
    place = f"unix:{tmp_path}/hci"
    with simulation(place):
        gateway = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.virtual_radio_central", place],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        next_timestamp_s(gateway)
    with gateway, simulation(place):
        try:
            line_with(gateway, "failed")
            assert next_timestamp_s(gateway) < 30
        finally:
            gateway.kill()


@asynccontextmanager
async def served(settings: SimulatorSettings) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(run_simulator(settings))
    await asyncio.sleep(0.5)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_host_that_speaks_no_hci_is_cut_off_and_the_next_one_served(tmp_path: Path) -> None:
    async with served(SimulatorSettings(listen=f"unix:{tmp_path}/hci")):
        reader, writer = await asyncio.open_unix_connection(f"{tmp_path}/hci")
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        with suppress(ConnectionResetError):  # as good an end as any
            assert await asyncio.wait_for(reader.read(), 2) == b""
        writer.close()

        reader, writer = await asyncio.open_unix_connection(f"{tmp_path}/hci")
        writer.write(bytes.fromhex("01030c00"))  # HCI Reset
        assert await asyncio.wait_for(reader.readexactly(7), 2) == bytes.fromhex("040e0401030c00")
        writer.close()
        await writer.wait_closed()


async def test_the_simulation_ends_with_its_duration(tmp_path: Path) -> None:
    async with served(SimulatorSettings(listen=f"unix:{tmp_path}/hci", duration_s=8.0, speed=8.0)) as task:
        await asyncio.wait_for(task, 5)

    assert not (tmp_path / "hci").exists()


async def test_scheduled_faults_happen_in_their_time(tmp_path: Path) -> None:
    faults = (ScheduledFault(fault="link-drop", from_s=16.0, to_s=17.0),)
    lost = asyncio.Event()
    async with served(SimulatorSettings(listen=f"unix:{tmp_path}/hci", speed=8.0, faults=faults)):
        installation = install(f"unix:{tmp_path}/hci")
        device = await BleakScanner.find_device_by_name("Carewire Strap 0001", timeout=5)
        assert device is not None
        client = BleakClient(device, disconnected_callback=lambda _: lost.set())
        await client.connect()
        assert not lost.is_set()
        await asyncio.wait_for(lost.wait(), 5)
        await client.connect()
        await installation.close()


async def test_a_place_that_is_taken_is_reported() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        place = f"tcp:127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(ConfigurationError, match="choose another place"):
            await run_simulator(SimulatorSettings(listen=place))


@pytest.mark.parametrize("listen", ["9700", "udp:127.0.0.1:9700", "tcp:"])
async def test_a_place_that_is_none_is_reported(listen: str) -> None:
    with pytest.raises(ConfigurationError, match="no place to listen"):
        await run_simulator(SimulatorSettings(listen=listen))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
