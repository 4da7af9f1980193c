"""bleak's own BlueZ backend on the small org.bluez, over the virtual radio."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from bleak import BleakClient, BleakScanner
from bleak.backends import BleakBackend
from bleak.backends.bluezdbus.manager import get_global_bluez_manager
from bleak.backends.device import BLEDevice
from bleak.exc import BleakBluetoothNotAvailableError, BleakDBusError, BleakError, BleakGATTProtocolError
from bumble.transport import open_transport
from dbus_fast import DBusError, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from firmware_sim.bluez import BluezService, Refusal, private_bus
from firmware_sim.bootstrap import Simulator, SimulatorSettings, simulator
from firmware_sim.hci_server import HciServer
from tests.fakes.bondable_peripheral import GUARDED, BondablePeripheral
from tests.fakes.pairing_agent import FakePairingAgent
from vitals.errors import ConfigurationError
from vitals.gatt import uuids

ADAPTER = "/org/bluez/hci0"
STRAP = "Carewire Strap 0001"


@dataclass(kw_only=True)
class Bench:
    """A strap in the air, and BlueZ where bleak looks for it."""

    address: str
    sim: Simulator
    keystore: Path
    service: BluezService = field(init=False)

    def __post_init__(self) -> None:
        self.service = BluezService(self.address, self.sim.open_transport, keystore=self.keystore)

    async def client(self) -> MessageBus:
        """Open a connection of another program's to the bus."""
        return await MessageBus(bus_address=self.address).connect()


@asynccontextmanager
async def bench(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Bench]:
    async with (
        private_bus() as address,
        simulator(SimulatorSettings(speed=4)) as sim,
    ):
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        yield Bench(address=address, sim=sim, keystore=tmp_path / "keys.json")


@pytest.fixture
async def bluez(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(monkeypatch, tmp_path) as ready, ready.service.running():
        yield ready


@pytest.fixture
async def bondable(bluez: Bench) -> BondablePeripheral:
    peripheral = BondablePeripheral(bluez.sim.radio)
    await peripheral.start()
    return peripheral


async def found(name: str = STRAP) -> BLEDevice:
    device = await BleakScanner.find_device_by_name(name, timeout=5)
    assert device is not None, f"{name} was not found"
    return device


async def until(condition: Callable[[], object], *, within_s: float = 5.0) -> None:
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - what is waited for lies in another program
            await asyncio.sleep(0.02)


async def adapter_is_there() -> None:
    manager = await get_global_bluez_manager()
    await until(lambda: manager._adapters)


async def call(
    bus: MessageBus, path: str, method: str, signature: str = "", body: list[Any] | None = None
) -> list[Any]:
    interface, _, member = method.rpartition(".")
    reply = await bus.call(
        Message(
            destination="org.bluez",
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=body or [],
        )
    )
    if reply.message_type is MessageType.ERROR:
        raise DBusError(reply.error_name, reply.body[0])
    return list(reply.body)


async def prop(bus: MessageBus, path: str, interface: str, name: str) -> Any:
    (value,) = await call(bus, path, "org.freedesktop.DBus.Properties.Get", "ss", [interface, name])
    return value.value


async def set_powered(bus: MessageBus, on: bool) -> None:  # noqa: FBT001 - it is the property's value
    body = ["org.bluez.Adapter1", "Powered", Variant("b", on)]
    await call(bus, ADAPTER, "org.freedesktop.DBus.Properties.Set", "ssv", body)


@pytest.mark.usefixtures("bluez")
async def test_a_strap_is_found_connected_read_and_subscribed_to() -> None:
    rates: asyncio.Queue[bytearray] = asyncio.Queue()
    async with BleakClient(await found()) as client:
        assert client.backend_id is BleakBackend.BLUEZ_DBUS
        assert {uuids.HEART_RATE_SERVICE, uuids.BATTERY_SERVICE} <= {s.uuid for s in client.services}
        assert await client.read_gatt_char(uuids.BATTERY_LEVEL) == bytearray([87])
        measured = client.services.get_characteristic(uuids.HEART_RATE_MEASUREMENT)
        assert measured is not None
        assert measured.properties == ["notify"]
        assert measured.max_write_without_response_size > 200
        await client.start_notify(measured, lambda _, value: rates.put_nowait(value))
        assert len(await asyncio.wait_for(rates.get(), 5)) >= 2
        await client.stop_notify(measured)
        while not rates.empty():
            rates.get_nowait()
        await asyncio.sleep(0.5)
        assert rates.empty()


@pytest.mark.usefixtures("bluez")
async def test_notifications_come_through_a_socket_too() -> None:
    rates: asyncio.Queue[bytearray] = asyncio.Queue()
    async with BleakClient(await found()) as client:
        for _ in range(2):  # what was given back can be had again
            await client.start_notify(
                uuids.HEART_RATE_MEASUREMENT,
                lambda _, value: rates.put_nowait(value),
                bluez={"use_start_notify": False},
            )
            assert len(await asyncio.wait_for(rates.get(), 5)) >= 2
            await client.stop_notify(uuids.HEART_RATE_MEASUREMENT)
            await asyncio.sleep(0.1)


@pytest.mark.usefixtures("bluez")
async def test_a_refused_write_carries_the_peripherals_error() -> None:
    async with BleakClient(await found()) as client:
        with pytest.raises(BleakGATTProtocolError) as refused:
            await client.write_gatt_char(uuids.SIGNAL_CONTROL_POINT, b"\x01\x00", response=True)
    assert refused.value.code == 0xFD  # the control point is not subscribed to


async def test_a_lost_link_is_told_and_can_be_made_again(bluez: Bench) -> None:
    lost = asyncio.Event()
    device = await found()
    client = BleakClient(device, disconnected_callback=lambda _: lost.set())
    await client.connect()
    bluez.sim.straps[0].drop_link()
    await asyncio.wait_for(lost.wait(), 2)
    assert not client.is_connected
    await client.connect()
    assert await client.read_gatt_char(uuids.BATTERY_LEVEL)
    await client.disconnect()


async def test_a_dead_clients_link_stays_but_not_its_discovery_nor_its_subscription(bluez: Bench) -> None:
    dying, watching = await bluez.client(), await bluez.client()
    device = (await found()).details["path"]
    await call(dying, device, "org.bluez.Device1.Connect")
    manager = await get_global_bluez_manager()
    services = await manager.get_services(device, use_cached=False, requested_services=None)
    path, _ = services.get_characteristic(uuids.HEART_RATE_MEASUREMENT).obj
    await call(dying, path, "org.bluez.GattCharacteristic1.StartNotify")
    await call(dying, ADAPTER, "org.bluez.Adapter1.StartDiscovery")
    assert await prop(watching, ADAPTER, "org.bluez.Adapter1", "Discovering")

    dying.disconnect()
    await asyncio.sleep(0.2)

    assert not await prop(watching, ADAPTER, "org.bluez.Adapter1", "Discovering")
    assert not await prop(watching, path, "org.bluez.GattCharacteristic1", "Notifying")
    assert await prop(watching, device, "org.bluez.Device1", "Connected")
    await call(watching, device, "org.bluez.Device1.Disconnect")
    watching.disconnect()


async def test_an_adapter_that_is_switched_off_drops_its_links_and_works_again_when_on(bluez: Bench) -> None:
    lost = asyncio.Event()
    operator = await bluez.client()
    client = BleakClient(await found(), disconnected_callback=lambda _: lost.set())
    await client.connect()
    await set_powered(operator, False)
    await asyncio.wait_for(lost.wait(), 2)
    with pytest.raises(BleakBluetoothNotAvailableError):
        await found()
    await set_powered(operator, True)
    async with BleakClient(await found()) as again:
        assert again.is_connected
    operator.disconnect()


async def test_a_removed_device_is_unknown_until_it_is_heard_again(bluez: Bench) -> None:
    operator = await bluez.client()
    device = await found()
    await call(operator, ADAPTER, "org.bluez.Adapter1.RemoveDevice", "o", [device.details["path"]])
    with pytest.raises(BleakError, match="not found"):
        await BleakClient(device).connect()
    async with BleakClient(await found()) as client:
        assert client.is_connected
    operator.disconnect()


async def test_bluez_can_be_made_to_get_stuck_until_it_is_power_cycled(bluez: Bench) -> None:
    operator = await bluez.client()
    bluez.service.refuse(
        Refusal(
            method="org.bluez.Adapter1.StartDiscovery",
            error=DBusError("org.bluez.Error.InProgress", "Operation already in progress"),
            until="org.bluez.Adapter1.Powered",
        )
    )
    for _ in range(2):
        with pytest.raises(BleakDBusError, match="InProgress"):
            await found()
    await set_powered(operator, False)
    await set_powered(operator, True)
    assert await found()
    operator.disconnect()


async def test_pairing_asks_the_agent_and_the_bond_outlives_the_service(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with bench(monkeypatch, tmp_path) as ready:
        peripheral = BondablePeripheral(ready.sim.radio)
        await peripheral.start()
        async with ready.service.running():
            agent = await FakePairingAgent.register(ready.address)
            async with BleakClient(await found("Bondable")) as client:
                with pytest.raises(BleakDBusError, match="NotPermitted"):
                    await client.read_gatt_char(GUARDED)
                await client.pair()
                assert await client.read_gatt_char(GUARDED) == b"secret"
            assert agent.asked == ["RequestAuthorization"]
            await agent.close()
        await asyncio.sleep(0.1)
        async with BluezService(ready.address, ready.sim.open_transport, keystore=ready.keystore).running():
            await adapter_is_there()
            async with BleakClient(await found("Bondable")) as client:
                assert await client.read_gatt_char(GUARDED) == b"secret"


@pytest.mark.parametrize("agent", ["none", "refuses"])
@pytest.mark.usefixtures("bondable")
async def test_pairing_fails_where_nobody_consents(bluez: Bench, agent: str) -> None:
    refusing = await FakePairingAgent.register(bluez.address, consents=False)
    if agent == "none":
        await refusing.close()
        await asyncio.sleep(0.1)
    async with BleakClient(await found("Bondable")) as client:
        with pytest.raises(BleakDBusError, match="AuthenticationFailed"):
            await client.pair()
    assert refusing.asked == ([] if agent == "none" else ["RequestAuthorization"])
    await refusing.close()


async def test_a_peripheral_that_lost_its_bond_is_disconnected_until_the_bond_is_removed(
    bluez: Bench, bondable: BondablePeripheral
) -> None:
    agent = await FakePairingAgent.register(bluez.address)
    async with BleakClient(await found("Bondable")) as client:
        await client.pair()
    await bondable.forget()
    with pytest.raises(BleakError):
        await BleakClient(await found("Bondable"), timeout=5).connect()
    await BleakClient(await found("Bondable")).unpair()
    async with BleakClient(await found("Bondable")) as client:
        await client.pair()
        assert await client.read_gatt_char(GUARDED) == b"secret"
    await agent.close()


async def test_an_adapter_that_is_pulled_out_is_gone_and_comes_back(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with bench(monkeypatch, tmp_path) as ready:
        radio = f"unix:{tmp_path}/hci"
        server = HciServer(ready.sim.gateway_adapter, radio)
        await server.start()
        service = BluezService(ready.address, partial(open_transport, radio), keystore=ready.keystore)
        async with service.running():
            client = BleakClient(await found())
            await client.connect()
            await server.close()
            await until(lambda: not client.is_connected)
            manager = await get_global_bluez_manager()
            await until(lambda: not manager._adapters)
            with pytest.raises(BleakBluetoothNotAvailableError):
                await found()
            again = HciServer(ready.sim.gateway_adapter, radio)
            await again.start()
            await adapter_is_there()
            async with BleakClient(await found()) as client:
                assert await client.read_gatt_char(uuids.BATTERY_LEVEL)
        await again.close()


async def test_the_command_prints_the_setting_that_leads_to_its_bus(tmp_path: Path) -> None:
    async with simulator(SimulatorSettings()) as sim:
        server = HciServer(sim.gateway_adapter, f"unix:{tmp_path}/hci")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "carewire", "sim", "bluez", "--radio", await server.start()),
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        said = await asyncio.wait_for(process.stdout.readline(), 20)
        setting, _, address = said.decode().strip().partition("=")
        assert setting == "DBUS_SYSTEM_BUS_ADDRESS"
        bus = await MessageBus(bus_address=address).connect()
        assert await prop(bus, ADAPTER, "org.bluez.Adapter1", "Powered")
        bus.disconnect()
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 10) == 0
        await server.close()


async def test_a_machine_without_dbus_daemon_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigurationError, match="apt-get install dbus-daemon"):
        async with private_bus():
            pass
