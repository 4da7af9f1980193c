"""A gateway's Bluetooth central at work, over a radio that is told how to misbehave."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from edge.adapters.ble import link as ble_link
from edge.adapters.ble import seeker as ble_seeker
from edge.adapters.inbox import Inbox, LinkChange, Notification
from edge.alarms.local_alarm import LocalAlarms
from edge.config import Bond, BondRenewal, DeviceSettings, EdgeSettings, RadioSettings
from edge.health import GatewayHealth
from tests.fakes.bleak_radio import FakeRadio
from tests.fakes.clock import FakeClock
from tests.fakes.gateway_radio import central_of
from tests.fakes.radio_adapter import FakeRadioAdapter
from vitals.records import LinkState

FIRST, SECOND = "C0:00:00:00:00:01", "C0:00:00:00:00:02"
PATIENCE = {
    "scan_s": 0.05,
    "scan_rest_s": 0.01,
    "connect_s": 0.5,
    "request_s": 0.5,
    "silence_s": 0.6,
    "first_pause_s": 0.01,
    "longest_pause_s": 0.04,
}


class Bench:
    def __init__(self, radio: FakeRadio, settings: EdgeSettings) -> None:
        self.radio = radio
        self.health = GatewayHealth(alarms=LocalAlarms(hook=lambda _: None))
        self.inbox = Inbox(counters=self.health.counters)
        self.items: list[LinkChange | Notification] = []
        self.adapter = FakeRadioAdapter()
        self.central = central_of(
            settings, inbox=self.inbox, clock=FakeClock(), health=self.health, adapter=self.adapter
        )

    def links(self, device: str = "c0-00-00-00-00-01") -> list[tuple[LinkState, str | None]]:
        self.items += self.inbox.take_all()
        changes = [item for item in self.items if isinstance(item, LinkChange)]
        return [(change.link, change.reason) for change in changes if change.device == device]

    def reasons(self) -> list[str | None]:
        return [reason for _, reason in self.links()]

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(5.0):
            while not condition():  # noqa: ASYNC110 - what is waited for is what came out, not an event
                await asyncio.sleep(0.005)


@pytest.fixture
def radio(monkeypatch: pytest.MonkeyPatch) -> FakeRadio:
    radio = FakeRadio()
    monkeypatch.setattr(ble_seeker, "BleakScanner", radio.scanner)
    monkeypatch.setattr(ble_seeker, "BleakAdapter", radio)
    monkeypatch.setattr(ble_link, "BleakClient", radio.client)
    return radio


@asynccontextmanager
async def central(
    radio: FakeRadio,
    tmp_path: Path,
    *addresses: str,
    ecg: bool = True,
    profile: str = "chest-strap",
    bond: Bond = "if-asked",
    bond_renewal: BondRenewal = "by-itself",
    **patience: float,
) -> AsyncIterator[Bench]:
    devices = tuple(
        DeviceSettings(address=address, ecg=ecg, profile=profile, bond=bond, bond_renewal=bond_renewal)
        for address in addresses
    )
    settings = EdgeSettings(
        gateway_id="bench",
        data_dir=tmp_path,
        devices=devices,
        adopt=not devices,
        radio=RadioSettings.model_validate(PATIENCE | patience),
    )
    running = Bench(radio, settings)
    task = asyncio.create_task(running.central.run())
    try:
        yield running
    finally:
        task.cancel()
        await asyncio.wait([task])


CONNECTED = (LinkState.CONNECTED, None)
