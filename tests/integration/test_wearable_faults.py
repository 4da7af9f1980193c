"""What goes wrong with simulated wearables, as plain bleak meets it."""

import asyncio

import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import BleakError

from firmware_sim.bootstrap import PatientSettings, SimulatorSettings
from firmware_sim.faults import FAULTS
from firmware_sim.wearables import Wearable
from tests.fakes.on_air import Inbox, find, radio, until
from vitals.errors import DecodeError
from vitals.gatt import battery, current_time, signal_control_point, signal_stream, uuids
from vitals.gatt import record_access_control_point as racp
from vitals.gatt.registry import decode
from vitals.gatt.signal_control_point import SignalSettings, Start
from vitals.gatt.signals import Signal

ECG = SignalSettings(signal=Signal.ECG, rate_hz=130, resolution=1000)


def worn(*wearables: str, scenario: str = "resting", speed: float = 20.0) -> SimulatorSettings:
    patient = PatientSettings(scenario=scenario, wearables=wearables)
    return SimulatorSettings(speed=speed, patients=(patient,))


async def start_ecg(client: BleakClient) -> Inbox:
    inbox = await Inbox.of(client, uuids.SIGNAL_DATA)
    answers = await Inbox.of(client, uuids.SIGNAL_CONTROL_POINT)
    request = signal_control_point.encode(Start(settings=ECG))
    await client.write_gatt_char(uuids.SIGNAL_CONTROL_POINT, request, response=True)
    await answers.heard(1)
    return inbox


async def is_seen(wearable: Wearable) -> bool:
    return await BleakScanner.find_device_by_name(wearable.name, timeout=0.5) is not None


async def test_a_reboot_ends_the_link_and_counters_and_clock_begin_from_nothing() -> None:
    async with radio(worn("strap")) as sim:
        (strap,) = sim.wearables
        async with BleakClient(await find(strap.name)) as client:
            before = await start_ecg(client)
            await before.heard(20)
            strap.inject(FAULTS["firmware-reboot"])
            await until(lambda: not client.is_connected)
            assert not await is_seen(strap)
        strap.clear(FAULTS["firmware-reboot"])
        booted_s = strap.firmware.lived_s
        async with BleakClient(await find(strap.name)) as client:
            after = await start_ecg(client)
            await after.heard(2)
            since_boot_s = strap.firmware.lived_s - booted_s

    old, first, last = (
        signal_stream.decode(value) for value in (before.values[-1], after.values[0], after.values[-1])
    )
    assert old.sequence >= 19
    assert first.sequence == 0
    assert 0 <= first.timestamp_us < last.timestamp_us < 1e6 * (since_boot_s + 1.0)


async def test_flash_survives_a_reboot_and_the_date_does_not() -> None:
    async with radio(worn("meter", speed=1200.0)) as sim:
        (meter,) = sim.wearables
        await until(lambda: len(meter.firmware.store) >= 2)
        kept = len(meter.firmware.store)
        meter.inject(FAULTS["firmware-reboot"])
        meter.clear(FAULTS["firmware-reboot"])
        async with BleakClient(await find(meter.name)) as client:
            shown = current_time.decode(bytes(await client.read_gatt_char(uuids.CURRENT_TIME)))

    assert len(meter.firmware.store.select(racp.Records.all())) >= kept
    assert shown.date_time.year == 2020


async def test_out_of_range_nobody_finds_it_and_it_goes_on_measuring() -> None:
    async with radio(worn("cuff", scenario="resting", speed=60.0)) as sim:
        (cuff,) = sim.wearables
        cuff.inject(FAULTS["out-of-range"])
        await until(lambda: cuff.has_undelivered)
        assert not await is_seen(cuff)
        cuff.clear(FAULTS["out-of-range"])
        async with BleakClient(await find(cuff.name)) as client:
            await client.pair()
            inbox = await Inbox.of(client, uuids.BLOOD_PRESSURE_MEASUREMENT)
            await inbox.heard(1)

    assert decode(uuids.BLOOD_PRESSURE_MEASUREMENT, inbox.values[0]).systolic > 90


async def test_a_low_battery_is_told_before_the_wearable_falls_silent() -> None:
    async with radio(worn("strap", speed=240.0)) as sim:
        (strap,) = sim.wearables
        async with BleakClient(await find(strap.name)) as client:
            levels = await Inbox.of(client, uuids.BATTERY_LEVEL)
            await client.start_notify(uuids.HEART_RATE_MEASUREMENT, lambda *_: None)
            strap.inject(FAULTS["low-battery"])
            await until(lambda: not client.is_connected)
        assert not await is_seen(strap)
        strap.clear(FAULTS["low-battery"])
        assert await is_seen(strap)

    assert [battery.decode(value).percent for value in levels.values][:4] == [4, 3, 2, 1]


async def test_a_clock_ten_years_ahead_stamps_so_and_can_be_set() -> None:
    async with radio(worn("oximeter", "strap", scenario="resting+clock-ahead")) as sim:
        oximeter, strap = sim.wearables
        sim.patients[0].lifetime.begin()
        await until(lambda: strap.firmware.lived_s > 1.0)
        async with BleakClient(await find(strap.name)) as client:
            ecg = await start_ecg(client)
            await ecg.heard(1)
        async with BleakClient(await find(oximeter.name)) as client:
            shown = current_time.decode(bytes(await client.read_gatt_char(uuids.CURRENT_TIME)))
            now = current_time.CurrentTime.of(oximeter.firmware.clock.calendar(0.0).replace(year=2026, day=1))
            await client.write_gatt_char(uuids.CURRENT_TIME, current_time.encode(now), response=True)
            put_right = current_time.decode(bytes(await client.read_gatt_char(uuids.CURRENT_TIME)))

    ahead_ms = shown.date_time.milliseconds() - sim.patients[0].lifetime.wall_ms(0.0)
    assert ahead_ms / 86_400_000 == pytest.approx(3652, abs=0.1)
    assert signal_stream.decode(ecg.values[0]).timestamp_us > 3652 * 86_400 * 1e6
    assert put_right.date_time.year == 2026


async def test_garbage_comes_between_values_which_all_arrive() -> None:
    async with radio(worn("strap")) as sim:
        (strap,) = sim.wearables
        async with BleakClient(await find(strap.name)) as client:
            strap.inject(FAULTS["garbage-packets"])
            ecg = await start_ecg(client)
            await ecg.heard(20)

    frames, refused = [], 0
    for value in ecg.values:
        try:
            frames.append(signal_stream.decode(value))
        except DecodeError:
            refused += 1
    assert [frame.sequence for frame in frames] == list(range(len(frames)))
    assert abs(refused - len(frames)) <= 1


async def test_doubled_notifications_are_the_same_value_twice() -> None:
    async with radio(worn("oximeter")) as sim:
        sim.wearables[0].inject(FAULTS["duplicate-notifications"])
        async with BleakClient(await find(sim.wearables[0].name)) as client:
            inbox = await Inbox.of(client, uuids.PLX_CONTINUOUS_MEASUREMENT)
            await inbox.heard(8)

    assert inbox.values[0:8:2] == inbox.values[1:8:2]


async def test_what_was_not_confirmed_is_told_again() -> None:
    async with radio(worn("thermometer", speed=60.0)) as sim:
        (thermometer,) = sim.wearables
        await until(lambda: thermometer.has_undelivered)
        thermometer.inject(FAULTS["silent-link"])
        async with BleakClient(await find(thermometer.name)) as client:
            unheard = await Inbox.of(client, uuids.TEMPERATURE_MEASUREMENT)
            await asyncio.sleep(0.3)
        thermometer.clear(FAULTS["silent-link"])
        async with BleakClient(await find(thermometer.name)) as client:
            heard = await Inbox.of(client, uuids.TEMPERATURE_MEASUREMENT)
            await heard.heard(1)

    assert unheard.values == []


async def test_a_patients_faults_befall_what_that_patient_wears_and_nobody_else() -> None:
    ann = PatientSettings(scenario="resting+out-of-range", wearables=("strap", "oximeter"))
    ben = PatientSettings(scenario="resting", wearables=("strap",))
    async with radio(SimulatorSettings(speed=60.0, patients=(ann, ben))) as sim:
        for patient in sim.patients:
            patient.lifetime.begin()
        *hers, his = sim.wearables
        await until(lambda: hers[0].firmware.lived_s > 70.0)
        seen = [await is_seen(wearable) for wearable in (*hers, his)]
        await until(lambda: hers[0].firmware.lived_s > 241.0)
        again = [await is_seen(wearable) for wearable in hers]

    assert seen == [False, False, True]
    assert again == [True, True]


async def test_the_wearables_of_a_patient_tell_of_one_life() -> None:
    async with radio(worn("strap", "oximeter", scenario="tachycardia", speed=20.0)) as sim:
        strap, oximeter = sim.wearables
        async with (
            BleakClient(await find(strap.name)) as chest,
            BleakClient(await find(oximeter.name)) as finger,
        ):
            rates = await Inbox.of(chest, uuids.HEART_RATE_MEASUREMENT)
            pulses = await Inbox.of(finger, uuids.PLX_CONTINUOUS_MEASUREMENT)
            await pulses.heard(15)

    rate_bpm = decode(uuids.HEART_RATE_MEASUREMENT, rates.values[-1]).heart_rate_bpm
    pulse_bpm = decode(uuids.PLX_CONTINUOUS_MEASUREMENT, pulses.values[-1]).normal.pulse_rate_bpm
    assert pulse_bpm > 120
    assert rate_bpm == pytest.approx(pulse_bpm, abs=4)


async def test_a_link_that_ends_amid_a_delivery_costs_nothing() -> None:
    async with radio(worn("scale", speed=60.0)) as sim:
        (scale,) = sim.wearables
        await until(lambda: scale.has_undelivered)
        scale.drop_link()
        client = BleakClient(await find(scale.name))
        await client.connect()
        await client.pair()
        await client.start_notify(uuids.WEIGHT_MEASUREMENT, lambda *_: scale.drop_link())
        await until(lambda: not client.is_connected)
        assert scale.has_undelivered
        async with BleakClient(await find(scale.name)) as client:
            composition = await Inbox.of(client, uuids.BODY_COMPOSITION_MEASUREMENT)
            await composition.heard(1)


async def test_a_bond_that_the_wearable_lost_fails_and_is_made_again() -> None:
    async with radio(worn("meter", speed=60.0)) as sim:
        (meter,) = sim.wearables
        client = BleakClient(await find(meter.name))
        await client.connect()
        await client.pair()
        meter.inject(FAULTS["bond-loss"])
        await until(lambda: not client.is_connected)
        with pytest.raises(BleakError):
            await client.connect()
        await client.unpair()
        async with BleakClient(meter.address) as anew:
            await anew.pair()
            await anew.start_notify(uuids.GLUCOSE_MEASUREMENT, lambda *_: None)
