"""Simulated wearables in the same process, and what plain bleak hears of them."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice

from firmware_sim.bleak_backend import install
from firmware_sim.bootstrap import Simulator, SimulatorSettings, simulator


@asynccontextmanager
async def radio(settings: SimulatorSettings, *, keystore: Path | None = None) -> AsyncIterator[Simulator]:
    """Run the simulator, and bleak on its radio."""
    async with simulator(settings) as running:
        installation = install(running.open_transport, keystore=keystore)
        try:
            yield running
        finally:
            await installation.close()


async def find(name: str, *, within_s: float = 10.0) -> BLEDevice:
    """Scan until somebody of that name advertises."""
    device = await BleakScanner.find_device_by_name(name, timeout=within_s)
    assert device is not None
    return device


async def until(condition: Callable[[], object], *, within_s: float = 20.0) -> None:
    """Wait for something that comes to be by itself, and leave the loop to what is waited for."""
    async with asyncio.timeout(within_s):
        asked_s = time.monotonic()
        while not condition():
            await asyncio.sleep(max(0.02, 4 * (time.monotonic() - asked_s)))
            asked_s = time.monotonic()


class Inbox:
    """Gathers what a characteristic sends; a test waits until enough was heard."""

    def __init__(self) -> None:
        self.values: list[bytes] = []

    @classmethod
    async def of(cls, client: BleakClient, uuid: str) -> "Inbox":
        """Subscribe to a characteristic."""
        inbox = cls()
        await client.start_notify(uuid, inbox.take)
        return inbox

    def take(self, _sender: object, value: bytearray) -> None:
        """Keep a value."""
        self.values.append(bytes(value))

    async def heard(self, count: int) -> None:
        """Wait until so many values came."""
        await until(lambda: len(self.values) >= count)
