"""What the gateway's recovery takes hold of beneath bleak, on the small org.bluez."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice
from bleak.exc import BleakDBusError, BleakError
from dbus_fast import DBusError

from edge.adapters.bluez.adapter import BluezAdapter
from edge.adapters.bluez.agent import BluezPairingAgent
from edge.config import device_id
from firmware_sim.bluez import BluezService, Refusal, private_bus
from firmware_sim.bootstrap import Simulator, SimulatorSettings, simulator
from tests.fakes.bondable_peripheral import GUARDED, BondablePeripheral
from vitals.errors import DeviceError

STRAP = "c0-ca-4e-00-00-01"
BONDABLE = "c0-ca-4e-ff-00-01"
LIMIT_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    sim: Simulator
    bus: str
    service: BluezService


@pytest.fixture
async def bluez(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Bench]:
    async with private_bus() as bus, simulator(SimulatorSettings(speed=4)) as sim:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus)
        async with BluezService(
            bus, sim.open_transport, keystore=tmp_path / "keys.json"
        ).running() as service:
            yield Bench(sim=sim, bus=bus, service=service)


@pytest.fixture
def adapter() -> BluezAdapter:
    return BluezAdapter(None, limit_s=LIMIT_S)


@asynccontextmanager
async def agent(is_ours: Callable[[str], bool]) -> AsyncIterator[BluezPairingAgent]:
    made = BluezPairingAgent(is_ours, limit_s=LIMIT_S, retry_s=0.05)
    task = asyncio.create_task(made.run())
    try:
        yield made
    finally:
        task.cancel()
        await asyncio.wait([task])


async def found(device: str) -> BLEDevice:
    seen = await BleakScanner.find_device_by_filter(
        lambda each, _: device_id(each.address) == device, timeout=10
    )
    assert seen is not None, f"{device} was not found"
    return seen


async def bonded(peripheral: str = BONDABLE) -> None:
    """Pair as soon as an agent consents."""
    async with asyncio.timeout(20.0), BleakClient(await found(peripheral)) as client:
        while True:
            with suppress(BleakDBusError):
                await client.pair()
                return
            await asyncio.sleep(0.05)


@pytest.mark.usefixtures("bluez")
async def test_a_device_is_known_once_heard_and_not_bonded_because_it_is_linked(
    adapter: BluezAdapter,
) -> None:
    assert list(await adapter.known_devices()) == []
    async with BleakClient(await found(STRAP)):
        (strap,) = (each for each in await adapter.known_devices() if each.device == STRAP)
        assert not strap.is_bonded


@pytest.mark.usefixtures("bluez")
async def test_a_link_is_ended_that_another_program_left_behind(adapter: BluezAdapter) -> None:
    lost = asyncio.Event()
    client = BleakClient(await found(STRAP), disconnected_callback=lambda _: lost.set())
    await client.connect()
    await adapter.disconnect(STRAP)
    await asyncio.wait_for(lost.wait(), 5.0)


@pytest.mark.usefixtures("bluez")
async def test_a_removed_device_is_unknown(adapter: BluezAdapter) -> None:
    await found(STRAP)
    await adapter.remove_device(STRAP)
    assert STRAP not in {each.device for each in await adapter.known_devices()}


@pytest.mark.usefixtures("bluez")
async def test_where_there_is_nothing_to_do_nothing_is_done(adapter: BluezAdapter) -> None:
    await found(STRAP)
    await adapter.disconnect(STRAP)
    for device in (STRAP, STRAP, "c0-00-00-00-00-99"):
        await adapter.remove_device(device)
    await adapter.disconnect("c0-00-00-00-00-99")


async def test_an_adapter_that_is_stuck_is_freed_by_a_power_cycle(
    bluez: Bench, adapter: BluezAdapter
) -> None:
    bluez.service.refuse(
        Refusal(
            method="org.bluez.Adapter1.StartDiscovery",
            error=DBusError("org.bluez.Error.InProgress", "Operation already in progress"),
            until="org.bluez.Adapter1.Powered",
        )
    )
    with pytest.raises(BleakError):
        await found(STRAP)
    await adapter.power_cycle()
    assert await found(STRAP)


@pytest.mark.usefixtures("bluez")
async def test_an_adapter_that_is_not_there_is_named() -> None:
    with pytest.raises(DeviceError, match=r"no adapter hci7.*plugged in"):
        await BluezAdapter("hci7", limit_s=LIMIT_S).known_devices()


async def test_what_bluez_refuses_is_said_in_its_words(bluez: Bench, adapter: BluezAdapter) -> None:
    await found(STRAP)
    refusal = DBusError("org.bluez.Error.Failed", "No")
    bluez.service.refuse(
        Refusal(method="org.bluez.Adapter1.RemoveDevice", error=refusal, until="org.bluez.Adapter1.Alias")
    )
    with pytest.raises(DeviceError, match=r"RemoveDevice .* org\.bluez\.Error\.Failed"):
        await adapter.remove_device(STRAP)


async def test_without_a_message_bus_that_is_what_is_said(
    monkeypatch: pytest.MonkeyPatch, adapter: BluezAdapter, tmp_path: Path
) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path / 'none'}")
    with pytest.raises(DeviceError, match="there is no message bus"):
        await adapter.known_devices()


@pytest.mark.parametrize(
    "says", [b"", b"REJECTED EXTERNAL\r\n", b"\xff\xfe\r\n"], ids=["nothing", "rejected", "noise"]
)
async def test_a_message_bus_that_lets_nobody_in_is_said_so_too(
    monkeypatch: pytest.MonkeyPatch, adapter: BluezAdapter, tmp_path: Path, says: bytes
) -> None:
    async def refuse(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(says)
        writer.close()

    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path / 'bus'}")
    async with await asyncio.start_unix_server(refuse, tmp_path / "bus"):
        with pytest.raises(DeviceError, match="there is no message bus"):
            await adapter.known_devices()


async def test_the_gateways_own_wearables_pair_and_are_bonded(bluez: Bench, adapter: BluezAdapter) -> None:
    await BondablePeripheral(bluez.sim.radio).start()
    async with agent(lambda device: device == BONDABLE):
        await bonded()
        (known,) = (each for each in await adapter.known_devices() if each.device == BONDABLE)
        assert known.is_bonded
        async with BleakClient(await found(BONDABLE)) as client:
            assert await client.read_gatt_char(GUARDED) == b"secret"


async def test_a_stranger_does_not_pair(bluez: Bench) -> None:
    await BondablePeripheral(bluez.sim.radio).start()
    asked: list[str] = []
    async with agent(lambda device: bool(asked.append(device))):
        async with asyncio.timeout(20.0), BleakClient(await found(BONDABLE)) as client:
            while not asked:
                with pytest.raises(BleakDBusError, match="AuthenticationFailed"):
                    await client.pair()
        assert set(asked) == {BONDABLE}


async def test_after_bluez_was_restarted_the_agent_is_there_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with private_bus() as bus, simulator(SimulatorSettings(speed=4)) as sim:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus)
        await BondablePeripheral(sim.radio).start()
        async with agent(lambda _: True):
            for number in range(2):
                keys = tmp_path / f"keys-{number}.json"
                async with BluezService(bus, sim.open_transport, keystore=keys).running():
                    await adapter_is_there()
                    await bonded()


async def adapter_is_there() -> None:
    async with asyncio.timeout(10.0):
        while True:
            with suppress(DeviceError):
                await BluezAdapter(None, limit_s=LIMIT_S).known_devices()
                return
            await asyncio.sleep(0.05)
