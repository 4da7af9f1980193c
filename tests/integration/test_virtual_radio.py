"""Plain bleak code, as a user writes it, against the simulated strap in the same process."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakCharacteristicNotFoundError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
)
from bumble.core import InvalidStateError
from bumble.device import Device
from bumble.transport.common import Transport

from firmware_sim.bleak_backend import install
from firmware_sim.body import Body
from firmware_sim.bootstrap import PatientSettings, Simulator, SimulatorSettings
from firmware_sim.excerpts import FOLDER, load_excerpt
from firmware_sim.faults import FAULTS
from firmware_sim.power_cell import BatteryRow
from firmware_sim.recordings import resample
from firmware_sim.wearable_models.chest_strap import CHEST_STRAP
from tests.fakes.on_air import Inbox, find, radio
from vitals.errors import ConfigurationError, DecodeError
from vitals.gatt import battery, heart_rate, signal_control_point, signal_stream, uuids
from vitals.gatt.heart_rate import HeartRateMeasurement, SensorContact
from vitals.gatt.signal_control_point import SignalSettings, Start, Status, Stop
from vitals.gatt.signal_stream import SignalFrame
from vitals.gatt.signals import Signal

ORDINARY = SimulatorSettings(speed=10.0)
SETTINGS = SignalSettings(signal=Signal.ECG, rate_hz=130, resolution=1000)
NAME = "Carewire Strap 0001"


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with radio(ORDINARY) as running:
        yield running


async def ask(client: BleakClient, request: signal_control_point.Message) -> signal_control_point.Response:
    answers: asyncio.Queue[bytes] = asyncio.Queue()
    await client.start_notify(uuids.SIGNAL_CONTROL_POINT, lambda _, value: answers.put_nowait(bytes(value)))
    await client.write_gatt_char(
        uuids.SIGNAL_CONTROL_POINT, signal_control_point.encode(request), response=True
    )
    answer = signal_control_point.decode(await asyncio.wait_for(answers.get(), 2))
    await client.stop_notify(uuids.SIGNAL_CONTROL_POINT)
    assert isinstance(answer, signal_control_point.Response)
    return answer


class EcgInbox(Inbox):
    """Starts the ECG of a connected client and gathers its frames."""

    async def start(self, client: BleakClient, settings: SignalSettings = SETTINGS) -> None:
        await client.start_notify(uuids.SIGNAL_DATA, self.take)
        assert (await ask(client, Start(settings=settings))).status is Status.SUCCESS

    @property
    def frames(self) -> list[SignalFrame]:
        return [signal_stream.decode(value) for value in self.values]


def samples_mv(frames: list[SignalFrame]) -> np.ndarray:
    return np.array([sample for frame in frames for sample in frame.values[0]])


def first_index(frame: SignalFrame) -> int:
    return round(frame.timestamp_us * SETTINGS.rate_hz / 1e6)


async def test_a_scan_finds_the_strap_by_what_it_advertises(sim: Simulator) -> None:
    async with BleakScanner(service_uuids=[uuids.HEART_RATE_SERVICE]) as scanner:
        async with asyncio.timeout(5):
            device, data = await anext(scanner.advertisement_data())

    assert device.address == sim.straps[0].address
    assert data.local_name == NAME
    assert data.service_uuids == [uuids.HEART_RATE_SERVICE]


@pytest.mark.usefixtures("sim")
async def test_a_scan_for_another_service_finds_nothing() -> None:
    assert await BleakScanner.discover(timeout=0.5, service_uuids=[uuids.BATTERY_SERVICE]) == []


@pytest.mark.usefixtures("sim")
async def test_battery_and_device_information_are_read() -> None:
    async with BleakClient(await find(NAME)) as client:
        level = battery.decode(bytes(await client.read_gatt_char(uuids.BATTERY_LEVEL)))
        manufacturer = bytes(await client.read_gatt_char(uuids.MANUFACTURER_NAME))
        serial = bytes(await client.read_gatt_char(uuids.SERIAL_NUMBER))

        assert client.mtu_size == 517
        assert client.name == NAME
    assert 0 < level.percent <= 100
    assert (manufacturer, serial) == (b"Carewire", b"0001")


@pytest.mark.usefixtures("sim")
async def test_heart_rate_comes_each_second_with_every_interval_once() -> None:
    inbox = Inbox()
    async with BleakClient(await find(NAME)) as client:
        await client.start_notify(uuids.HEART_RATE_MEASUREMENT, inbox.take)
        await inbox.heard(count=20)

    measured = [heart_rate.decode(value) for value in inbox.values]
    told_ms = [interval for measurement in measured for interval in measurement.rr_intervals_ms]
    recorded_ms = 1000 * np.diff([beat.at_s for beat in load_excerpt("resting-101").beats])
    assert told_ms == pytest.approx(recorded_ms[: len(told_ms)], abs=1000 / 2048 + 0.01)
    assert len(told_ms) >= 17
    assert measured[-1].heart_rate_bpm == round(60_000 / np.mean(told_ms[-8:]))
    assert {measurement.sensor_contact for measurement in measured} == {SensorContact.CONTACT}


@pytest.mark.usefixtures("sim")
async def test_the_ecg_that_arrives_is_the_recording() -> None:
    ecg = EcgInbox()
    async with BleakClient(await find(NAME)) as client:
        await ecg.start(client)
        await ecg.heard(count=25)  # of half a second each

    recorded_mv = resample(load_excerpt("resting-101"), SETTINGS.rate_hz).ecg_mv
    received_mv = samples_mv(ecg.frames)
    assert len(received_mv) > 10 * SETTINGS.rate_hz
    assert received_mv == pytest.approx(recorded_mv[: len(received_mv)], abs=0.00051)
    assert [frame.sequence for frame in ecg.frames] == list(range(len(ecg.frames)))
    counted = np.cumsum([0, *(frame.length for frame in ecg.frames)])[:-1]
    assert [first_index(frame) for frame in ecg.frames] == counted.tolist()


async def test_250_hz_is_streamed_as_well() -> None:
    async with radio(replace(ORDINARY, ecg_rate_hz=250, scenario="generated-resting", seed=4)):
        ecg = EcgInbox()
        async with BleakClient(await find(NAME)) as client:
            await ecg.start(client, replace(SETTINGS, rate_hz=250))
            await ecg.heard(count=10)

    body = Body(["generated-resting"], seed=np.random.SeedSequence(4).spawn(1)[0])
    expected = body.heart(250)
    received_mv = samples_mv(ecg.frames)
    assert {frame.rate_hz for frame in ecg.frames} == {250}
    assert received_mv == pytest.approx(expected.read(len(received_mv)).ecg_mv, abs=0.00051)


@pytest.mark.usefixtures("sim")
async def test_the_stream_stops_when_asked() -> None:
    ecg = EcgInbox()
    async with BleakClient(await find(NAME)) as client:
        await ecg.start(client)
        await ecg.heard(count=2)
        assert (await ask(client, Stop(signal=Signal.ECG))).status is Status.SUCCESS
        stopped = len(ecg.values)
        await asyncio.sleep(0.3)

    assert len(ecg.values) == stopped


@pytest.mark.usefixtures("sim")
async def test_the_control_point_wants_its_indications_enabled_first() -> None:
    async with BleakClient(await find(NAME)) as client:
        with pytest.raises(BleakGATTProtocolError) as refused:
            await client.write_gatt_char(uuids.SIGNAL_CONTROL_POINT, b"\x01", response=True)

    assert refused.value.args[0] == 0xFD


async def test_after_a_lost_link_the_strap_is_back_and_its_clock_went_on(sim: Simulator) -> None:
    lost = asyncio.Event()
    before, after = EcgInbox(), EcgInbox()
    client = BleakClient(await find(NAME), disconnected_callback=lambda _: lost.set())
    await client.connect()
    await before.start(client)
    await before.heard(count=4)

    sim.straps[0].drop_link()
    await asyncio.wait_for(lost.wait(), 2)
    assert not client.is_connected
    await asyncio.sleep(0.3)  # three seconds of the wearer's life that nobody hears
    await client.connect()
    await after.start(client)
    await after.heard(count=4)
    await client.disconnect()

    recorded_mv = resample(load_excerpt("resting-101"), SETTINGS.rate_hz).ecg_mv
    start = first_index(after.frames[0])
    received_mv = samples_mv(after.frames)
    assert start - first_index(before.frames[-1]) > 2.5 * SETTINGS.rate_hz
    assert received_mv == pytest.approx(recorded_mv[start : start + len(received_mv)], abs=0.00051)


async def test_whoever_waits_on_a_lost_link_is_told_at_once(
    sim: Simulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = BleakClient(await find(NAME))
    await client.connect()
    level = client.services.get_characteristic(uuids.BATTERY_LEVEL)
    assert level is not None
    server = sim.straps[0].peripheral.device.gatt_server
    monkeypatch.setattr(server, "on_gatt_pdu", lambda *_: None)  # hears, and never answers
    reading = asyncio.create_task(client.read_gatt_char(level))
    await asyncio.sleep(0.1)

    sim.straps[0].drop_link()

    with pytest.raises(BleakError, match="was lost"):
        await asyncio.wait_for(reading, 2)
    with pytest.raises(BleakError):
        await client.read_gatt_char(level)


async def test_an_attempt_to_reach_an_absent_strap_ends_and_leaves_no_trace(sim: Simulator) -> None:
    strap = await find(NAME)
    sim.straps[0].inject(FAULTS["out-of-range"])
    await asyncio.sleep(0.2)

    with pytest.raises(TimeoutError):
        await BleakClient(strap, timeout=0.3).connect()
    with pytest.raises(BleakDeviceNotFoundError):
        await BleakClient(strap.address, timeout=0.3).connect()
    sim.straps[0].clear(FAULTS["out-of-range"])

    async with BleakClient(strap.address, timeout=5) as client:
        assert client.is_connected


async def test_truncated_and_over_long_values_arrive_as_such_and_pass(sim: Simulator) -> None:
    ecg = EcgInbox()
    async with BleakClient(await find(NAME)) as client:
        await ecg.start(client)
        for name in ("truncated-notification", "over-long-notification"):
            sim.straps[0].inject(FAULTS[name])
            ecg.values.clear()
            await ecg.heard(count=2)
            with pytest.raises(DecodeError):
                signal_stream.decode(ecg.values[-1])
            sim.straps[0].clear(FAULTS[name])
        ecg.values.clear()
        await ecg.heard(count=2)
        assert ecg.frames[1].sequence == ecg.frames[0].sequence + 1


async def test_a_silent_link_stays_up_and_the_counter_tells_what_was_missed(sim: Simulator) -> None:
    ecg = EcgInbox()
    async with BleakClient(await find(NAME)) as client:
        await ecg.start(client)
        await ecg.heard(count=2)
        sim.straps[0].inject(FAULTS["silent-link"])
        before = len(ecg.values)
        await asyncio.sleep(0.4)
        assert len(ecg.values) == before
        assert client.is_connected
        sim.straps[0].clear(FAULTS["silent-link"])
        await ecg.heard(count=before + 2)

    assert ecg.frames[before].sequence - ecg.frames[before - 1].sequence > 4


async def test_a_characteristic_vanishes_with_the_next_connection_and_comes_back(sim: Simulator) -> None:
    strap, device = sim.straps[0], await find(NAME)
    async with BleakClient(device) as client:
        strap.inject(FAULTS["vanished-characteristic"])
        assert client.services.get_characteristic(uuids.SIGNAL_DATA) is not None
    async with BleakClient(await find(NAME)) as client:
        with pytest.raises(BleakCharacteristicNotFoundError):
            await client.start_notify(uuids.SIGNAL_DATA, print)
        strap.clear(FAULTS["vanished-characteristic"])
    async with BleakClient(await find(NAME)) as client:
        assert client.services.get_characteristic(uuids.SIGNAL_DATA) is not None


async def test_a_link_drop_is_a_fault_like_others(sim: Simulator) -> None:
    lost = asyncio.Event()
    async with BleakClient(await find(NAME), disconnected_callback=lambda _: lost.set()):
        sim.straps[0].inject(FAULTS["link-drop"])
        await asyncio.wait_for(lost.wait(), 2)


async def test_a_recording_played_once_ends_with_a_loose_strap() -> None:
    header = FOLDER / "resting-101.hea"
    ecg, rates = EcgInbox(), Inbox()
    async with (
        radio(replace(ORDINARY, recording=header, loop=False, speed=60.0)),
        BleakClient(await find(NAME)) as client,
    ):
        await client.start_notify(uuids.HEART_RATE_MEASUREMENT, rates.take)
        await ecg.start(client)
        await ecg.heard(count=305)

    recorded = resample(load_excerpt("resting-101"), SETTINGS.rate_hz)
    received_mv = samples_mv(ecg.frames)
    tail_mv = recorded.ecg_mv[first_index(ecg.frames[0]) :]
    assert received_mv[: len(tail_mv)] == pytest.approx(tail_mv, abs=0.00051)
    assert not received_mv[len(tail_mv) :].any()
    assert heart_rate.decode(rates.values[-1]).sensor_contact is SensorContact.NO_CONTACT


async def test_a_loose_strap_says_so() -> None:
    inbox = Inbox()
    async with (
        radio(replace(ORDINARY, scenario="sensor-off", speed=60.0)),
        BleakClient(await find(NAME)) as client,
    ):
        await client.start_notify(uuids.HEART_RATE_MEASUREMENT, inbox.take)
        await inbox.heard(count=35)

    measured = [heart_rate.decode(value) for value in inbox.values]
    assert measured[20].sensor_contact is SensorContact.CONTACT
    assert measured[-1] == HeartRateMeasurement(heart_rate_bpm=0, sensor_contact=SensorContact.NO_CONTACT)


async def test_the_battery_drains_and_tells() -> None:
    thirsty = replace(CHEST_STRAP, battery=BatteryRow(percent=87.0, s_per_percent=5.0))
    patients = (PatientSettings(wearables=(thirsty,)),)
    inbox = Inbox()
    async with radio(replace(ORDINARY, patients=patients)), BleakClient(await find(NAME)) as client:
        full = battery.decode(bytes(await client.read_gatt_char(uuids.BATTERY_LEVEL))).percent
        await client.start_notify(uuids.BATTERY_LEVEL, inbox.take)
        await client.start_notify(uuids.HEART_RATE_MEASUREMENT, lambda *_: None)
        await inbox.heard(count=2)

    assert [battery.decode(value).percent for value in inbox.values[:2]] == [full - 1, full - 2]


async def test_pairing_makes_a_bond_that_outlives_the_gateway(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    async with radio(ORDINARY, keystore=keys) as sim:
        async with BleakClient(await find(NAME)) as client:
            await client.pair()
        bonded = keys.read_text()
        assert sim.straps[0].address in bonded
        reborn = install(sim.open_transport, keystore=keys)
        async with BleakClient(await find(NAME)) as client:
            links = sim.straps[0].peripheral.device.connections.values()
            assert [link.is_encrypted for link in links] == [True]
            await client.unpair()
            assert not client.is_connected
        assert sim.straps[0].address not in keys.read_text()
        await reborn.close()


async def test_several_straps_stream_side_by_side() -> None:
    async with radio(replace(ORDINARY, wearables=4, scenario="generated-resting")) as sim:
        listeners = [EcgInbox() for _ in sim.straps]
        clients = [BleakClient(await find(strap.name)) for strap in sim.straps]
        await asyncio.gather(*(client.connect() for client in clients))
        for listener, client in zip(listeners, clients, strict=True):
            await listener.start(client)
        for listener in listeners:
            await listener.heard(count=10)
        await asyncio.gather(*(client.disconnect() for client in clients))

    first_samples = {listener.frames[0].channels for listener in listeners}
    assert len(first_samples) == 4  # every wearer has a heart of their own
    for listener in listeners:
        sequences = [frame.sequence for frame in listener.frames]
        assert sequences == list(range(len(sequences)))


async def test_without_a_simulator_bleak_says_that_there_is_no_adapter(tmp_path: Path) -> None:
    installation = install(f"unix:{tmp_path}/nobody")
    try:
        with pytest.raises(BleakBluetoothNotAvailableError, match="is the simulator running"):
            await BleakScanner.discover(timeout=1)
    finally:
        await installation.close()


async def test_bleak_has_its_own_backend_back_after_the_installation_is_closed(sim: Simulator) -> None:
    other = install(sim.open_transport)
    assert BleakScanner().backend_id == "bumble"
    await other.close()
    assert BleakScanner().backend_id == "bumble"  # the fixture's


async def test_what_no_strap_can_do_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="choose 130 or 250"):
        SimulatorSettings(ecg_rate_hz=500)
    with pytest.raises(ConfigurationError, match="choose 1 to 20"):
        SimulatorSettings(wearables=0)
    with pytest.raises(ConfigurationError, match="no scenario is called"):
        SimulatorSettings(scenario="marathon")


@pytest.mark.usefixtures("sim")
async def test_a_scan_that_did_not_start_does_not_deafen_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise InvalidStateError("the controller is busy")

    with monkeypatch.context() as busy:
        busy.setattr(Device, "start_scanning", refuse)
        with pytest.raises(BleakError, match="scanning did not start"):
            await find(NAME)
    await find(NAME)


@pytest.mark.usefixtures("sim")
async def test_an_adapter_that_does_not_power_on_lets_go_of_its_transport(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def refuse(_: Device) -> None:
        raise InvalidStateError("the controller is busy")

    closed: list[Transport] = []
    close = Transport.close

    async def note(transport: Transport) -> None:
        closed.append(transport)
        await close(transport)

    monkeypatch.setattr(Transport, "close", note)
    with monkeypatch.context() as broken:
        broken.setattr(Device, "power_on", refuse)
        with pytest.raises(BleakBluetoothNotAvailableError):
            await find(NAME)
    assert len(closed) == 1
    await find(NAME)
