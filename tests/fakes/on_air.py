"""Simulated wearables in the same process, and what plain bleak hears of them."""

import asyncio
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
    """Wait for something that comes to be by itself."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - what is waited for is a state, not an event
            await asyncio.sleep(0.02)


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
