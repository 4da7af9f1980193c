"""How fast real BlueZ is on this machine, asked with bleak alone."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from bench_peripheral import FLOOD, GUARDED, NAME
from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice
from bleak.exc import BleakError

from tests.fakes.pairing_agent import FakePairingAgent

SYSTEM_BUS = "unix:path=/run/dbus/system_bus_socket"
STEADY_PER_S, STEADY_COUNT = 50.0, 150
BURST_PER_S, BURST_COUNT = 1000.0, 400
PATIENCE_S = 30.0


def measure(answers: Connection, world: Connection, _wearables: list[tuple[str, bool]]) -> None:
    """Send the figures, by name."""
    answers.send(asyncio.run(_measure(world)))


async def _measure(world: Connection) -> dict[str, float]:
    figures: dict[str, float] = {}
    with _timed(figures, "adapter_ready_s"):
        await _until_powered()
    agent = await FakePairingAgent.register(SYSTEM_BUS)
    with _timed(figures, "scan_s"):
        device = await _found()
    lost = asyncio.Event()
    client = BleakClient(device, disconnected_callback=lambda _: lost.set())
    with _timed(figures, "connect_and_discover_s"):
        await client.connect()
    for name, count, rate_per_s in (
        ("steady", STEADY_COUNT, STEADY_PER_S),
        ("burst", BURST_COUNT, BURST_PER_S),
    ):
        received, took_s = await _flooded(client, world, count, rate_per_s)
        figures[f"{name}_per_s"], figures[f"{name}_lost"] = received / took_s, count - received
    with _timed(figures, "bonding_s"):
        await client.pair()
    await client.read_gatt_char(GUARDED)
    with _timed(figures, "loss_to_reconnected_s"):
        await _ask(world, "lose-bench")
        await asyncio.wait_for(lost.wait(), PATIENCE_S)
        await client.connect()
        await client.read_gatt_char(GUARDED)  # the bond encrypts the new link too
    await client.disconnect()
    await agent.close()
    return figures


@contextmanager
def _timed(figures: dict[str, float], name: str) -> Iterator[None]:
    began_s = time.monotonic()
    yield
    figures[name] = time.monotonic() - began_s


async def _until_powered() -> None:
    """Wait for BlueZ to see the kernel's adapter and switch it on."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                async with BleakScanner():
                    return
            except BleakError:
                await asyncio.sleep(0.1)


async def _found() -> BLEDevice:
    device = await BleakScanner.find_device_by_name(NAME, timeout=PATIENCE_S)
    if device is None:
        raise TimeoutError("the bench peripheral was not found")
    return device


async def _flooded(
    client: BleakClient, world: Connection, count: int, rate_per_s: float
) -> tuple[int, float]:
    """Return how many of `count` notifications arrived, and the time from the first of them to the last."""
    arrived_s: list[float] = []
    await client.start_notify(FLOOD, lambda _sender, _value: arrived_s.append(time.monotonic()))
    await _ask(world, "flood", count, rate_per_s)
    until_s = time.monotonic() + PATIENCE_S
    while len(arrived_s) < count and time.monotonic() < until_s:
        if arrived_s and time.monotonic() - arrived_s[-1] > QUIET_S:
            break
        await asyncio.sleep(0.1)
    await client.stop_notify(FLOOD)
    return len(arrived_s), arrived_s[-1] - arrived_s[0]


QUIET_S = 5.0
"""What has not come after so long does not come."""


async def _ask(world: Connection, *command: object) -> None:
    world.send(command)
    await asyncio.to_thread(world.recv)
