"""What a gateway must survive by itself, made to happen, and how long it takes to recover.

Each fault is one that users of Raspberry Pi gateways report: those of an adapter, of BlueZ, of the air and of
wearables. It strikes on bleak's own BlueZ backend over the small org.bluez; the time from its beginning until
samples flow again goes into the table that is printed at the end.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from bleak import BleakClient
from bumble.transport import open_transport
from dbus_fast import DBusError, Message
from dbus_fast.aio import MessageBus
from dbus_fast.constants import ErrorType

from edge.adapters.ble import link as ble_link
from edge.adapters.radio_lock import RadioLock
from edge.alarms.local_alarm import AlarmKey
from edge.config import DeviceSettings
from firmware_sim.bluez import BluezService, private_bus
from firmware_sim.bluez.host import BluetoothHost
from firmware_sim.bootstrap import SimulatorSettings, simulator
from firmware_sim.faults import fault_named
from firmware_sim.hci_server import HciServer
from firmware_sim.patient_settings import PatientSettings
from tests.fakes.bluez_home import SPEED, BluezHome
from tests.fakes.lock_holder import lock_held_elsewhere
from vitals.gatt import uuids
from vitals.records import Gap, GapReason, LinkState, Waveform

IN_PROGRESS = DBusError("org.bluez.Error.InProgress", "Operation already in progress")
Note = Callable[..., None]
Homes = Callable[..., Any]


@pytest.fixture
def note(record_property: Callable[[str, object], None]) -> Note:
    """Put a row into the table of faults."""

    def noted(fault: str, recovered_s: float, *, by: str) -> None:
        record_property("recovery", json.dumps({"fault": fault, "recovered_s": recovered_s, "by": by}))

    return noted


@pytest.fixture
async def homes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Homes]:
    """Open homes: wearables, a strap unless others are named, a BlueZ, and no gateway yet."""

    @asynccontextmanager
    async def opened(*worn: str) -> AsyncIterator[BluezHome]:
        patients = (PatientSettings(wearables=worn or ("strap",)),)
        async with (
            private_bus() as bus,
            simulator(SimulatorSettings(speed=SPEED, patients=patients)) as sim,
        ):
            monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus)
            home = BluezHome(sim=sim, bus=bus, folder=tmp_path)
            service = BluezService(bus, sim.open_transport, keystore=tmp_path / "keys.json")
            async with service.running() as home.service:
                yield home

    async with AsyncExitStack() as stack:
        yield lambda *worn: stack.enter_async_context(opened(*worn))


@pytest.fixture
async def home(homes: Homes) -> BluezHome:
    made: BluezHome = await homes()
    return made


def alarmed(home: BluezHome, key: AlarmKey) -> Callable[[], bool]:
    return lambda: key in home.health.alarms.standing


async def test_a_second_gateway_waits_for_the_adapter_and_takes_it_when_the_first_dies(
    home: BluezHome, note: Note, tmp_path: Path
) -> None:
    path = tmp_path / "radio.lock"
    with lock_held_elsewhere(path) as first:
        async with home.gateway(lock=RadioLock(path)):
            await home.until(alarmed(home, AlarmKey.RADIO_FAILED))
            assert home.links == [], "not even a scan beside the first"
            recovered_s = await home.recovery_s(first.kill, shows=lambda: True)
            assert not home.health.alarms.standing
    note("1. two gateways on one adapter", recovered_s, by="a lock that dies with its holder")


async def test_services_that_bluez_remembers_wrongly_are_discovered_afresh(
    home: BluezHome, note: Note
) -> None:
    (strap,), stale = home.sim.straps, fault_named("vanished-characteristic")
    home.adapter.after["remove-device"] = lambda: strap.clear(stale)
    async with home.gateway():
        await home.streams()

        def fault() -> None:
            strap.inject(stale)
            strap.drop_link()

        recovered_s = await home.recovery_s(fault, shows=lambda: "profile-incomplete" in home.reasons())
    assert home.adapter.log == ["remove-device"]
    note("2. services missing or stale", recovered_s, by="check, RemoveDevice, discover again")


async def test_a_connection_the_stack_aborts_is_made_again(home: BluezHome, note: Note) -> None:
    aborted = DBusError("org.bluez.Error.Failed", "le-connection-abort-by-local")

    def fault() -> None:
        home.refuse("Device1.Connect", aborted, until="Device1.Disconnect")
        home.sim.straps[0].drop_link()

    async with home.gateway():
        await home.streams()
        recovered_s = await home.recovery_s(fault, shows=lambda: len(home.reasons()) >= 3)
    note("3. le-connection-abort-by-local", recovered_s, by="deadline, back-off, another attempt")


@pytest.mark.parametrize(
    ("until", "remedies"),
    [
        ("Adapter1.RemoveDevice", ["disconnect", "remove-device"]),
        ("Adapter1.Powered", ["disconnect", "remove-device", "power-cycle"]),
    ],
    ids=["until-removed", "until-power-cycled"],
)
async def test_a_wearable_that_is_stuck_in_progress_is_freed_step_by_step(
    home: BluezHome, note: Note, until: str, remedies: list[str]
) -> None:
    def fault() -> None:
        home.refuse("Device1.Connect", IN_PROGRESS, until=until)
        home.sim.straps[0].drop_link()

    async with home.gateway():
        await home.streams()
        recovered_s = await home.recovery_s(fault, shows=lambda: home.adapter.log == remedies)
        await home.until(lambda: not home.health.alarms.standing)
    assert "radio-busy" in home.reasons()
    note(f"4. connecting stuck InProgress until {remedies[-1]}", recovered_s, by="the ladder of remedies")


async def test_a_scan_that_is_stuck_in_progress_is_freed_by_a_power_cycle(
    home: BluezHome, note: Note
) -> None:
    def fault() -> None:
        home.refuse("Adapter1.StartDiscovery", IN_PROGRESS, until="Adapter1.Powered")
        home.sim.straps[0].drop_link()

    async with home.gateway():
        await home.streams()
        recovered_s = await home.recovery_s(fault, shows=lambda: "power-cycle" in home.adapter.log)
        await home.until(lambda: not home.health.alarms.standing)
    note("4. scanning stuck InProgress", recovered_s, by="alarm, power cycle at the third failure")


async def test_a_link_that_outlived_its_program_is_taken_over(home: BluezHome, note: Note) -> None:
    (strap,) = home.sim.straps
    dying = await MessageBus(bus_address=home.bus).connect()
    async with home.gateway():
        await home.streams()
    path = f"/org/bluez/hci0/dev_{strap.address.replace(':', '_')}"
    call = Message(destination="org.bluez", path=path, interface="org.bluez.Device1", member="Connect")
    await dying.call(call)
    dying.disconnect()
    began_s = asyncio.get_running_loop().time()
    async with home.gateway():
        await home.streams(frames=1)
        recovered_s = asyncio.get_running_loop().time() - began_s
    note("5. a link left by a program that died", recovered_s, by="asked for at start, taken over")


async def test_a_device_bluez_has_forgotten_is_looked_for_again(home: BluezHome, note: Note) -> None:
    unknown = DBusError(ErrorType.UNKNOWN_OBJECT, "no such object")

    def fault() -> None:
        home.refuse("Device1.Connect", unknown, until="Adapter1.StartDiscovery")
        home.sim.straps[0].drop_link()

    async with home.gateway(scan_rest_s=0.05):
        await home.streams()
        found = len(home.reasons())
        recovered_s = await home.recovery_s(fault, shows=lambda: len(home.reasons()) >= found + 2)
    note("6. device not found", recovered_s, by="a fresh sighting for each attempt")


async def test_where_start_notify_does_not_work_a_socket_does(home: BluezHome, note: Note) -> None:
    home.refuse("GattCharacteristic1.StartNotify", IN_PROGRESS, until="Adapter1.Alias")
    began_s = asyncio.get_running_loop().time()
    async with home.gateway(notify="acquire"):
        await home.streams(frames=1)
        recovered_s = asyncio.get_running_loop().time() - began_s
    note("7. StartNotify refused for good", recovered_s, by='notify = "acquire"')


async def test_a_subscription_that_fails_once_costs_a_connection(home: BluezHome, note: Note) -> None:
    def fault() -> None:
        home.refuse("GattCharacteristic1.StartNotify", IN_PROGRESS, until="Device1.Disconnect")
        home.sim.straps[0].drop_link()

    async with home.gateway():
        await home.streams()
        recovered_s = await home.recovery_s(fault, shows=lambda: "radio-busy" in home.reasons())
    note("7. StartNotify refused once", recovered_s, by="disconnect, connect again")


async def test_values_that_are_handed_over_twice_count_once(
    home: BluezHome, note: Note, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Doubling(BleakClient):
        async def start_notify(self, characteristic: Any, callback: Any, **more: Any) -> None:
            def twice(sender: Any, value: bytearray) -> None:
                callback(sender, value)
                callback(sender, value)

            await super().start_notify(characteristic, twice, **more)

    monkeypatch.setattr(ble_link, "BleakClient", Doubling)
    async with home.gateway():
        await home.streams(frames=20)
    assert home.health.counters["notification.doubled"] >= 20
    assert home.of(Gap) == []
    note("7. every callback twice", 0.0, by="the same numbered value right after itself is dropped")


async def test_notifications_that_are_lost_are_stated_and_cost_no_other_wearable_any(
    homes: Homes, note: Note
) -> None:
    home: BluezHome = await homes("strap", "strap", "strap")
    lost = fault_named("silent-link")
    async with home.gateway(silence_s=20.0):
        await home.streams(*home.devices)
        loop, struck_s = asyncio.get_running_loop(), asyncio.get_running_loop().time()
        home.sim.straps[0].inject(lost)
        await asyncio.sleep(0.5)
        home.sim.straps[0].clear(lost)
        await home.until(lambda: home.of(Gap))
        recovered_s = loop.time() - struck_s
        await home.streams(*home.devices)
    gaps = [(gap.device, gap.reason) for gap in home.of(Gap) if gap.kind == "ecg"]
    assert gaps == [(home.devices[0], GapReason.FRAMES_MISSED)]
    note("8. notifications lost for 0.5 s", recovered_s, by="the sequence shows it; a stated gap")


async def test_a_link_that_is_open_and_silent_is_made_anew(home: BluezHome, note: Note) -> None:
    (strap,), silent = home.sim.straps, fault_named("silent-link")
    async with home.gateway(silence_s=0.8):
        await home.streams()
        task = asyncio.create_task(
            home.recovery_s(
                lambda: strap.inject(silent),
                shows=lambda: (LinkState.SILENT, "link-silent") in home.links,
            )
        )
        await home.until(lambda: (LinkState.SILENT, "link-silent") in home.links)
        strap.clear(silent)
        recovered_s = await task
    note("9. connected but silent, noticed after 0.8 s", recovered_s, by="the watchdog of each link")


async def test_a_scanner_that_has_gone_deaf_is_power_cycled(home: BluezHome, note: Note) -> None:
    controller = home.sim.gateway_adapter
    home.adapter.after["power-cycle"] = lambda: delattr(controller, "on_advertising_pdu")

    def fault() -> None:
        controller.on_advertising_pdu = lambda _pdu: None  # type: ignore[method-assign]
        home.sim.straps[0].drop_link()

    async with home.gateway(scan_s=0.3, scanner_silence_s=0.6):
        await home.streams()
        recovered_s = await home.recovery_s(fault, shows=lambda: "power-cycle" in home.adapter.log)
    assert home.health.counters["ble.remedy_restart_scan"] == 1
    note("9. scanner deaf, doubted after 0.6 s", recovered_s, by="the adapter's watchdog, power cycle")


async def test_three_straps_share_two_connections(homes: Homes, note: Note) -> None:
    home: BluezHome = await homes("strap", "strap", "strap")
    began_s = asyncio.get_running_loop().time()
    async with home.gateway(most_devices=2, lease_s=0.5, scan_s=0.5):
        await home.streams(*home.devices, frames=1)
        recovered_s = asyncio.get_running_loop().time() - began_s
        await home.streams(*home.devices)
        assert "gave-way" in home.reasons()
    note("10. three straps, two connections, leases of 0.5 s", recovered_s, by="turns")


async def test_a_connection_attempt_that_never_ends_is_given_up(
    home: BluezHome, note: Note, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect, hung = BluetoothHost.connect, []

    async def hang_once(host: BluetoothHost, address: Any) -> Any:
        if not hung:
            hung.append(address)
            await asyncio.Event().wait()
        return await connect(host, address)

    def fault() -> None:
        monkeypatch.setattr(BluetoothHost, "connect", hang_once)
        home.sim.straps[0].drop_link()

    async with home.gateway(connect_s=1.0):
        await home.streams()
        recovered_s = await home.recovery_s(fault, shows=lambda: "no-answer" in home.reasons())
    note("11. an attempt that never ends, deadline 1 s", recovered_s, by="a deadline on every wait")


async def test_a_wearable_that_forgot_its_bond_is_bonded_with_anew(home: BluezHome, note: Note) -> None:
    (strap,), forgotten = home.sim.straps, fault_named("bond-loss")
    allowed = (DeviceSettings(address=strap.address, bond="required"),)
    async with home.gateway(devices=allowed):
        await home.streams()

        def fault() -> None:
            strap.inject(forgotten)
            strap.clear(forgotten)

        recovered_s = await home.recovery_s(fault, shows=lambda: "bond-lost" in home.reasons())
        assert not home.health.alarms.standing
    assert home.health.counters["ble.bond_removed"] == 1
    note("12. bond lost by the wearable", recovered_s, by="seen three times, removed, paired again")


async def test_a_wearable_that_needs_a_bond_waits_for_the_agent(home: BluezHome, note: Note) -> None:
    (strap,) = home.sim.straps
    allowed = (DeviceSettings(address=strap.address, bond="required"),)

    def fault() -> None:
        home.refuse("AgentManager1.RegisterAgent", IN_PROGRESS, until="Adapter1.RemoveDevice")

    fault()
    began_s = asyncio.get_running_loop().time()
    async with home.gateway(devices=allowed):
        await home.until(lambda: "bond-refused" in home.reasons())
        await home.streams(frames=1)
        recovered_s = asyncio.get_running_loop().time() - began_s
    note("12. no pairing agent at first", recovered_s, by="the agent registers again, pairing is tried again")


async def test_the_control_point_is_subscribed_to_before_it_is_written_and_the_mtu_is_nobodys_business(
    home: BluezHome, note: Note, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    class Told(BleakClient):
        @property
        def mtu_size(self) -> int:
            pytest.fail("BlueZ says 23 whatever it is")

        async def start_notify(self, characteristic: Any, callback: Any, **more: Any) -> None:
            calls.append(f"subscribe {characteristic.uuid}")
            await super().start_notify(characteristic, callback, **more)

        async def write_gatt_char(self, characteristic: Any, data: Any, **more: Any) -> None:
            calls.append(f"write {characteristic}")
            await super().write_gatt_char(characteristic, data, **more)

    monkeypatch.setattr(ble_link, "BleakClient", Told)
    began_s = asyncio.get_running_loop().time()
    async with home.gateway():
        await home.streams(frames=1)
        recovered_s = asyncio.get_running_loop().time() - began_s
    subscribed, written = (
        calls.index(f"{verb} {uuids.SIGNAL_CONTROL_POINT}") for verb in ("subscribe", "write")
    )
    assert subscribed < written
    assert home.of(Gap) == []
    note("13. streaming needs its control point first", recovered_s, by="subscribe to all, then write")
    note(
        "14. mtu_size says 23", recovered_s, by="frames as long as the link takes; writes as long as it says"
    )


async def test_an_adapter_that_is_pulled_out_is_used_again_when_it_is_back(
    monkeypatch: pytest.MonkeyPatch, note: Note, tmp_path: Path
) -> None:
    radio = f"unix:{tmp_path}/hci"
    async with private_bus() as bus, simulator(SimulatorSettings(speed=SPEED)) as sim:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus)
        home, server = BluezHome(sim=sim, bus=bus, folder=tmp_path), HciServer(sim.gateway_adapter, radio)
        await server.start()
        async with BluezService(bus, partial(open_transport, radio)).running(), home.gateway():
            await home.streams()
            struck_s = asyncio.get_running_loop().time()
            await server.close()
            await home.until(alarmed(home, AlarmKey.RADIO_FAILED))
            again = HciServer(sim.gateway_adapter, radio)
            await again.start()
            await home.streams(frames=1)
            recovered_s = asyncio.get_running_loop().time() - struck_s
            assert not home.health.alarms.standing
        await again.close()
    note("adapter pulled out and put back", recovered_s, by="alarm; scanned with as soon as it is there")


async def test_bluez_may_be_restarted(monkeypatch: pytest.MonkeyPatch, note: Note, tmp_path: Path) -> None:
    async def serve(up: asyncio.Event, stop: asyncio.Event) -> None:
        async with BluezService(bus, sim.open_transport).running():
            up.set()
            await stop.wait()

    async with private_bus() as bus, simulator(SimulatorSettings(speed=SPEED)) as sim:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus)
        home, up, stop = BluezHome(sim=sim, bus=bus, folder=tmp_path), asyncio.Event(), asyncio.Event()
        first = asyncio.create_task(serve(up, stop))
        await up.wait()
        async with home.gateway():
            await home.streams()
            struck_s = asyncio.get_running_loop().time()
            stop.set()
            await first
            await home.until(alarmed(home, AlarmKey.RADIO_FAILED))
            async with BluezService(bus, sim.open_transport).running():
                await home.streams(frames=1)
                recovered_s = asyncio.get_running_loop().time() - struck_s
    note("bluetoothd restarted", recovered_s, by="alarm; connected again as soon as it answers")


async def test_a_wearable_that_reboots_is_streamed_from_again(home: BluezHome, note: Note) -> None:
    (strap,), reboot = home.sim.straps, fault_named("firmware-reboot")
    async with home.gateway():
        await home.streams(frames=6)
        task = asyncio.create_task(
            home.recovery_s(lambda: strap.inject(reboot), shows=lambda: "link-lost" in home.reasons())
        )
        await home.until(lambda: "link-lost" in home.reasons())
        strap.clear(reboot)
        recovered_s = await task
        await home.until(lambda: home.of(Gap))
    assert {gap.reason for gap in home.of(Gap) if gap.kind == "ecg"} == {GapReason.LINK_LOST}
    note("wearable rebooted", recovered_s, by="connected again; counters and clock from nothing are followed")


async def test_a_clock_ten_years_ahead_is_set_right(homes: Homes, note: Note) -> None:
    home: BluezHome = await homes("oximeter")
    (oximeter,), ahead = home.sim.wearables, fault_named("clock-ahead")
    async with home.gateway(silence_s=5.0):
        await home.streams()
        set_before = home.health.counters["ble.clock_set"]

        def fault() -> None:
            oximeter.inject(ahead)
            oximeter.drop_link()

        recovered_s = await home.recovery_s(
            fault, shows=lambda: home.health.counters["ble.clock_set"] > set_before
        )
    now = datetime.fromtimestamp(home.clock.wall_ms() / 1000, tz=UTC)
    shown = oximeter.firmware.clock.calendar(oximeter.firmware.lived_s)
    assert abs(shown - now) < timedelta(hours=15), "right in the gateway's own time zone"
    note("a wearable's clock ten years ahead", recovered_s, by="read and set at each connection")


async def test_a_stream_whose_clock_jumps_ten_years_goes_on_in_its_place(home: BluezHome, note: Note) -> None:
    (strap,) = home.sim.straps
    async with home.gateway():
        await home.streams(frames=12)
        strips = len(home.of(Waveform))
        recovered_s = await home.recovery_s(
            lambda: strap.inject(fault_named("clock-ahead")),
            shows=lambda: len(home.of(Waveform)) > strips + 2,
        )
        now_ms = home.clock.wall_ms()
    assert all(abs(strip.t0_ms - now_ms) < 120_000 for strip in home.of(Waveform))
    assert "link-lost" not in home.reasons()
    note("a stream's clock jumps ten years ahead", recovered_s, by="its offset is followed; the link stays")
