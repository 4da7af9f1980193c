"""Every simulated wearable, as plain bleak meets it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import BleakError, BleakGATTProtocolError

from firmware_sim.bootstrap import PatientSettings, Simulator, SimulatorSettings
from firmware_sim.faults import FAULTS
from firmware_sim.wearable_model import WearableModel
from firmware_sim.wearable_models import WEARABLE_MODELS, model_named
from tests.fakes.on_air import Inbox, find, radio, until
from vitals.gatt import (
    cgm_session_start_time,
    cgm_specific_ops_control_point,
    current_time,
    signal_control_point,
    signal_stream,
    uuids,
)
from vitals.gatt import record_access_control_point as racp
from vitals.gatt.cgm_session_start_time import SessionStartTime
from vitals.gatt.cgm_specific_ops_control_point import Opcode, Operation, Result
from vitals.gatt.current_time import CurrentTime
from vitals.gatt.registry import decode
from vitals.gatt.signal_control_point import GetSettings, Start
from vitals.gatt.signals import Signal

FAST = 60.0
NEEDS_A_BOND = {0x05, 0x0F}


def settings_of(
    *wearables: str | WearableModel, speed: float = FAST, scenario: str = "resting"
) -> SimulatorSettings:
    patient = PatientSettings(scenario=scenario, wearables=wearables, seed=3)
    return SimulatorSettings(speed=speed, patients=(patient,))


def name_of(model: WearableModel, number: int = 1) -> str:
    return model.advertisement(number).name


@asynccontextmanager
async def met(
    settings: SimulatorSettings, *, bonded: bool = False
) -> AsyncIterator[tuple[Simulator, BleakClient]]:
    """Connect to the first wearable once it is awake."""
    async with radio(settings) as sim, BleakClient(await find(sim.wearables[0].name)) as client:
        if bonded:
            await client.pair()
        yield sim, client


@pytest.mark.parametrize("model", WEARABLE_MODELS.values(), ids=WEARABLE_MODELS)
async def test_each_says_what_it_is_and_bonds_by_secure_connections(model: WearableModel) -> None:
    async with radio(settings_of(model)) as sim:
        device = await BleakScanner.find_device_by_filter(
            lambda _, data: data.local_name == name_of(model) and data.service_uuids == [*model.advertises]
        )
        assert device is not None
        async with BleakClient(device) as client:
            told = [
                bytes(await client.read_gatt_char(uuid)).decode()
                for uuid in (uuids.MANUFACTURER_NAME, uuids.MODEL_NUMBER, uuids.SERIAL_NUMBER)
            ]
            battery = bytes(await client.read_gatt_char(uuids.BATTERY_LEVEL))[0]
            await client.pair()
            ((_, keys),) = await sim.wearables[0].peripheral.device.keystore.get_all()

    assert told == ["Carewire", model.name.removeprefix("Carewire "), "0001"]
    assert battery == model.battery.percent
    assert keys.ltk is not None  # one key for both sides; legacy pairing makes two
    assert keys.ltk_central is None


SAID = {
    uuids.PLX_CONTINUOUS_MEASUREMENT: lambda told, signs: [
        (told.normal.spo2_percent, signs.oxygen_saturation_percent, 0.5),
        (told.normal.pulse_rate_bpm, signs.heart_rate_bpm, 0.5),
        (told.pulse_amplitude_index_percent, signs.perfusion_index_percent, 0.05),
    ],
    uuids.PLX_SPOT_CHECK_MEASUREMENT: lambda told, signs: [
        (told.saturation.spo2_percent, signs.oxygen_saturation_percent, 0.5),
        (told.saturation.pulse_rate_bpm, signs.heart_rate_bpm, 0.5),
    ],
    uuids.HEART_RATE_MEASUREMENT: lambda told, signs: [(told.heart_rate_bpm, signs.heart_rate_bpm, 8.0)],
    uuids.TEMPERATURE_MEASUREMENT: lambda told, signs: [(told.value, signs.body_temperature_c, 0.05)],
    uuids.BLOOD_PRESSURE_MEASUREMENT: lambda told, signs: [
        (told.systolic, signs.systolic_mmhg, 0.5),
        (told.diastolic, signs.diastolic_mmhg, 0.5),
        (told.pulse_rate_bpm, signs.heart_rate_bpm, 0.5),
    ],
    uuids.CGM_MEASUREMENT: lambda told, signs: [
        (told.records[0].glucose_mg_dl, signs.glucose_mg_dl, 0.5),
    ],
    uuids.RSC_MEASUREMENT: lambda told, signs: [(told.total_distance_m, signs.steps_total * 0.705, 0.06)],
    uuids.WEIGHT_MEASUREMENT: lambda told, signs: [(told.weight_kg, signs.weight_kg, 0.026)],
    uuids.BODY_COMPOSITION_MEASUREMENT: lambda told, signs: [
        (told.body_fat_percent, signs.body_fat_percent, 0.051),
    ],
}
"""What a message tells, what the body was like, and how far apart these may be."""

TOLD = [
    (model, part.uuid)
    for model in WEARABLE_MODELS.values()
    for row in model.measurements
    for part in row.parts
    if part.uuid in SAID
]


@pytest.mark.parametrize(("model", "uuid"), TOLD, ids=[f"{model.key}-{uuid[4:8]}" for model, uuid in TOLD])
async def test_what_it_tells_is_how_the_wearer_is(model: WearableModel, uuid: str, tmp_path: Path) -> None:
    book = tmp_path / "book.jsonl"
    settings = replace(settings_of(model, scenario="exercise"), book=book)
    async with met(settings, bonded=True) as (sim, client):
        others = [await Inbox.of(client, other) for other in model.measures - {uuid}]
        inbox = await Inbox.of(client, uuid)
        (row,) = (row for row in model.measurements if uuid in {part.uuid for part in row.parts})
        await inbox.heard(10 if row.every_s == 1.0 else 1)
        body = sim.patients[0].body
        told = [decode(uuid, value) for value in inbox.values]

    assert len(others) == len(model.measures) - 1
    written = [line for line in lines(book) if line["uuid"] == uuid and line["sent"]]
    assert [line["values"] for line in written[: len(told)]] == [as_written(one) for one in told]
    for one, line in [*zip(told, written, strict=False)][-5:]:  # a heart rate takes a few beats
        for value, lived, apart in SAID[uuid](one, body.vital_signs(line["lived_s"])):
            assert value == pytest.approx(lived, abs=apart)


def as_written(message: object) -> object:
    return json.loads(msgspec.json.encode(message))


def lines(book: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in book.read_text().splitlines()]


GUARDED = [
    (model, row.uuid)
    for model in WEARABLE_MODELS.values()
    for service in model.services
    for row in service.characteristics
    if row.needs_bond
]


@pytest.mark.parametrize(
    ("model", "uuid"), GUARDED, ids=[f"{model.key}-{uuid[4:8]}" for model, uuid in GUARDED]
)
async def test_what_needs_a_bond_is_refused_before_and_given_after(model: WearableModel, uuid: str) -> None:
    async with met(settings_of(model)) as (_, client):
        with pytest.raises(BleakGATTProtocolError) as refused:
            await reach(client, uuid)
        await client.pair()
        await reach(client, uuid)

    assert refused.value.args[0] in NEEDS_A_BOND


async def reach(client: BleakClient, uuid: str) -> None:
    characteristic = client.services.get_characteristic(uuid)
    assert characteristic is not None
    if "read" in characteristic.properties:
        await client.read_gatt_char(characteristic)
    else:
        await client.start_notify(characteristic, lambda *_: None)


async def test_a_wearable_that_lost_its_bond_asks_for_another(tmp_path: Path) -> None:
    async with radio(settings_of("cuff"), keystore=tmp_path / "keys.json") as sim:
        cuff = sim.wearables[0]
        async with BleakClient(await find(cuff.name)) as client:
            await client.pair()
        await until(lambda: not cuff.is_connected)
        cuff.inject(FAULTS["bond-loss"])
        with pytest.raises(BleakError):
            await BleakClient(await find(cuff.name)).connect()
        await BleakClient(await find(cuff.name)).unpair()
        async with BleakClient(await find(cuff.name)) as client:
            await client.pair()
            await client.start_notify(uuids.BLOOD_PRESSURE_MEASUREMENT, lambda *_: None)


async def test_signals_are_started_one_by_one_and_stream_side_by_side() -> None:
    async with met(settings_of("band", speed=10.0)) as (sim, client):
        inbox = await Inbox.of(client, uuids.SIGNAL_DATA)
        answers = await Inbox.of(client, uuids.SIGNAL_CONTROL_POINT)
        await ask(client, answers, GetSettings())
        offered = signal_control_point.decode(answers.values[-1]).settings
        for settings in offered:
            await ask(client, answers, Start(settings=settings))
        await inbox.heard(40)
        body = sim.patients[0].body

    frames = [signal_stream.decode(value) for value in inbox.values]
    assert {settings.signal for settings in offered} == {Signal.PPG, Signal.ACCELERATION}
    lived = {Signal.PPG: body.ppg(50, "wrist"), Signal.ACCELERATION: body.acceleration(50, "wrist")}
    for settings in offered:
        own = [frame for frame in frames if frame.signal is settings.signal]
        assert [frame.sequence for frame in own] == list(range(len(own)))
        start = round(own[0].timestamp_us * 50 / 1e6)
        expected = lived[settings.signal].read(start + sum(frame.length for frame in own)).samples[start:]
        for channel in range(len(own[0].channels)):
            received = [value for frame in own for value in frame.values[channel]]
            assert received == pytest.approx(expected[:, channel], abs=0.51 * settings_step(settings))


def settings_step(settings: signal_control_point.SignalSettings) -> float:
    return 1.0 if settings.signal is Signal.PPG else settings.resolution / 1e6


async def ask(client: BleakClient, answers: Inbox, request: signal_control_point.Message) -> None:
    heard = len(answers.values)
    await client.write_gatt_char(
        uuids.SIGNAL_CONTROL_POINT, signal_control_point.encode(request), response=True
    )
    await answers.heard(heard + 1)


async def test_a_thermometer_tells_the_way_to_its_reading_only_to_who_listens() -> None:
    thermometer = model_named("thermometer")
    often = replace(thermometer, measurements=(replace(thermometer.measurements[0], every_s=60.0),))
    async with met(settings_of(often)) as (_, client):
        way = await Inbox.of(client, uuids.INTERMEDIATE_TEMPERATURE)
        end = await Inbox.of(client, uuids.TEMPERATURE_MEASUREMENT)
        await end.heard(2)

    reached = [decode(uuids.INTERMEDIATE_TEMPERATURE, value).value for value in way.values[-6:]]
    assert reached == sorted(reached)
    assert reached[0] < reached[-1] <= decode(uuids.TEMPERATURE_MEASUREMENT, end.values[-1]).value


async def test_a_visitor_sleeps_keeps_what_nobody_heard_and_delivers_it_once() -> None:
    scale = model_named("scale")
    hasty = replace(
        scale, visit_s=0.5, measurements=(replace(scale.measurements[0], first_s=60.0, every_s=600.0),)
    )
    async with radio(settings_of(hasty, speed=300.0)) as sim:
        worn = sim.wearables[0]
        await until(lambda: worn.firmware.lived_s > 670.0)
        async with BleakClient(await find(worn.name)) as client:
            await client.pair()
            composition = await Inbox.of(client, uuids.BODY_COMPOSITION_MEASUREMENT)
            weight = await Inbox.of(client, uuids.WEIGHT_MEASUREMENT)
            await weight.heard(2)
            await composition.heard(2)
            await until(lambda: not client.is_connected)  # it hangs up, having nothing more to tell
        assert not worn.has_undelivered
        async with asyncio.timeout(20):
            while await BleakScanner.find_device_by_name(worn.name, timeout=0.5) is not None:
                pass

    stamps = [decode(uuids.WEIGHT_MEASUREMENT, value).time_stamp.milliseconds() for value in weight.values]
    assert {later - earlier for earlier, later in pairwise(stamps)} == {600_000}


class Records:
    """What a Record Access Control Point is asked, and what comes of it."""

    def __init__(self, client: BleakClient, told: Inbox, answers: Inbox) -> None:
        self._client, self.told, self._answers = client, told, answers

    @classmethod
    async def of(cls, client: BleakClient, uuid: str) -> "Records":
        told = await Inbox.of(client, uuid)
        return cls(client, told, await Inbox.of(client, uuids.RECORD_ACCESS_CONTROL_POINT))

    async def ask(self, request: racp.Message, *, answers: int = 1) -> racp.Message:
        wanted = len(self._answers.values) + answers
        await self.write(request)
        await self._answers.heard(wanted)
        return racp.decode(self._answers.values[-1])

    async def write(self, request: racp.Message) -> None:
        await self._client.write_gatt_char(
            uuids.RECORD_ACCESS_CONTROL_POINT, racp.encode(request), response=True
        )


async def test_stored_glucose_is_counted_reported_and_deleted_by_number() -> None:
    async with met(settings_of("meter", speed=1200.0), bonded=True) as (sim, client):
        store, records = sim.wearables[0].firmware.store, await Records.of(client, uuids.GLUCOSE_MEASUREMENT)
        context = await Inbox.of(client, uuids.GLUCOSE_MEASUREMENT_CONTEXT)
        await until(lambda: len(store) >= 4)
        everything = await records.ask(racp.ReportNumber(records=racp.Records.all()))
        late = racp.Records.numbered_from(2)
        assert await records.ask(racp.ReportRecords(records=late)) == racp.ResponseCode(
            request_opcode=racp.Opcode.REPORT_STORED_RECORDS, result=racp.Result.SUCCESS
        )
        first = racp.Records(operator=racp.Operator.FIRST_RECORD)
        await records.ask(racp.DeleteRecords(records=first))
        gone = racp.Records(operator=racp.Operator.LESS_THAN_OR_EQUAL_TO, bounds=(0,))
        nothing = await records.ask(racp.ReportRecords(records=gone))
        body = sim.patients[0].body

    assert everything.count >= 4
    told = [decode(uuids.GLUCOSE_MEASUREMENT, value) for value in records.told.values]
    assert [glucose.sequence_number for glucose in told] == list(range(2, 2 + len(told)))
    about = [decode(uuids.GLUCOSE_MEASUREMENT_CONTEXT, value) for value in context.values]
    assert [one.sequence_number for one in about] == [glucose.sequence_number for glucose in told]
    for glucose in told:
        lived = body.vital_signs(40.0 + 300.0 * glucose.sequence_number).glucose_mg_dl
        assert glucose.concentration.value * 1e5 == pytest.approx(lived, abs=0.6)
    assert nothing.result == racp.Result.NO_RECORDS_FOUND


async def test_a_report_is_aborted_and_nothing_else_is_begun_before() -> None:
    async with met(settings_of("cgm", speed=100.0), bonded=True) as (sim, client):
        records = await Records.of(client, uuids.CGM_MEASUREMENT)
        await until(lambda: len(sim.wearables[0].firmware.store) >= 1)
        record = sim.wearables[0].firmware.store.select(racp.Records.all())[0]
        for number in range(1000, 1400):
            sim.wearables[0].firmware.store.add(replace(record, number=number))
        before = len(records.told.values)
        await records.write(racp.ReportRecords(records=racp.Records.numbered_from(1000)))
        with pytest.raises(BleakGATTProtocolError) as busy:
            await records.write(racp.ReportNumber(records=racp.Records.all()))
        answer = await records.ask(racp.Abort())
        told = len(records.told.values) - before

    assert busy.value.args[0] == 0xFE
    assert answer == racp.ResponseCode(request_opcode=racp.Opcode.ABORT_OPERATION, result=racp.Result.SUCCESS)
    assert told < 400


async def test_records_are_not_reported_to_who_cannot_hear_the_answer() -> None:
    async with met(settings_of("meter"), bonded=True) as (_, client):
        request = racp.encode(racp.ReportRecords(records=racp.Records.all()))
        with pytest.raises(BleakGATTProtocolError) as refused:
            await client.write_gatt_char(uuids.RECORD_ACCESS_CONTROL_POINT, request, response=True)

    assert refused.value.args[0] == 0xFD


async def test_a_sensor_stores_what_nobody_hears_and_counts_in_minutes() -> None:
    async with radio(settings_of("cgm", speed=600.0)) as sim:
        sensor = sim.wearables[0]
        sim.patients[0].lifetime.begin()
        await until(lambda: len(sensor.firmware.store) >= 3)
        async with BleakClient(await find(sensor.name)) as client:
            await client.pair()
            records = await Records.of(client, uuids.CGM_MEASUREMENT)
            await records.ask(racp.ReportRecords(records=racp.Records.all()))

    offsets = [
        decode(uuids.CGM_MEASUREMENT, value).records[0].time_offset_min for value in records.told.values
    ]
    assert set(offsets) >= {1, 2, 3}


async def test_stored_spot_checks_are_reported_all_together_or_not_at_all() -> None:
    async with met(settings_of("oximeter", speed=1200.0), bonded=True) as (sim, client):
        sim.patients[0].lifetime.begin()
        await until(lambda: len(sim.wearables[0].firmware.store) >= 2)
        records = await Records.of(client, uuids.PLX_SPOT_CHECK_MEASUREMENT)
        await records.told.heard(2)  # what nobody had heard is told without being asked for
        await until(lambda: not sim.wearables[0].has_undelivered)
        choosy = await records.ask(racp.ReportRecords(records=racp.Records.numbered_from(1)))
        stored = await records.ask(racp.ReportNumber(records=racp.Records.all()))
        before = len(records.told.values)
        await records.ask(racp.ReportRecords(records=racp.Records.all()))

    assert choosy.result == racp.Result.OPERATOR_NOT_SUPPORTED
    assert len(records.told.values) - before >= stored.count >= 2


async def test_a_clock_is_read_and_set_and_readings_follow_it() -> None:
    async with met(settings_of("thermometer")) as (sim, client):
        clock = sim.wearables[0].firmware.clock
        shown = current_time.decode(bytes(await client.read_gatt_char(uuids.CURRENT_TIME)))
        then = datetime(2031, 4, 5, 6, 7, 8, tzinfo=UTC)
        await client.write_gatt_char(
            uuids.CURRENT_TIME, current_time.encode(CurrentTime.of(then)), response=True
        )
        after = current_time.decode(bytes(await client.read_gatt_char(uuids.CURRENT_TIME)))
        with pytest.raises(BleakGATTProtocolError):
            await client.write_gatt_char(uuids.CURRENT_TIME, b"\x00\x00", response=True)

    now_ms = sim.patients[0].lifetime.wall_ms(sim.patients[0].lifetime.now_s())
    assert abs(shown.date_time.milliseconds() - now_ms) < 1000 * (180 + 60 * FAST)
    assert after.date_time.year == 2031
    assert clock.is_set


async def test_a_sensor_learns_when_its_session_began() -> None:
    async with met(settings_of("cgm"), bonded=True) as (sim, client):
        before = decode(
            uuids.CGM_SESSION_START_TIME, bytes(await client.read_gatt_char(uuids.CGM_SESSION_START_TIME))
        )
        await client.start_notify(uuids.CGM_MEASUREMENT, lambda *_: None)
        await until(lambda: sim.patients[0].lifetime.now_s() > 30.0)
        now = CurrentTime.of(datetime(2026, 1, 2, 12, 0, 0, tzinfo=UTC)).date_time
        told = replace(before, local_time=now, time_zone_min=0, daylight_saving_min=0)
        await client.write_gatt_char(
            uuids.CGM_SESSION_START_TIME, cgm_session_start_time.encode(told), response=True
        )
        after = decode(
            uuids.CGM_SESSION_START_TIME, bytes(await client.read_gatt_char(uuids.CGM_SESSION_START_TIME))
        )

    assert before.local_time.milliseconds() is None
    began_before_s = (now.milliseconds() - after.local_time.milliseconds()) / 1000
    assert 28 <= began_before_s < 600


async def operate(client: BleakClient, answers: Inbox, opcode: Opcode) -> object:
    heard = len(answers.values)
    request = cgm_specific_ops_control_point.encode(Operation(opcode=opcode, has_crc=True))
    await client.write_gatt_char(uuids.CGM_SPECIFIC_OPS_CONTROL_POINT, request, response=True)
    await answers.heard(heard + 1)
    return cgm_specific_ops_control_point.decode(answers.values[-1]).operand


async def test_a_new_session_counts_anew_and_forgets_the_minutes_of_the_last() -> None:
    async with met(settings_of("cgm", speed=300.0), bonded=True) as (sim, client):
        firmware = sim.wearables[0].firmware
        await client.start_notify(uuids.CGM_MEASUREMENT, lambda *_: None)
        await until(lambda: len(firmware.store) >= 2)
        answers = await Inbox.of(client, uuids.CGM_SPECIFIC_OPS_CONTROL_POINT)
        results = [await operate(client, answers, one) for one in (Opcode.STOP_SESSION, Opcode.START_SESSION)]
        await until(lambda: firmware.store.select(racp.Records.all()))
        (first, *_) = firmware.store.select(racp.Records.all())

    assert [one.result for one in results] == [Result.SUCCESS] * 2
    assert first.number == 1
    assert first.at_s > firmware.session.started_s > 120.0


async def test_a_sensor_takes_no_time_without_a_check_sum() -> None:
    start = SessionStartTime(
        local_time=CurrentTime.of(datetime(2026, 1, 2, tzinfo=UTC)).date_time,
        time_zone_min=0,
        daylight_saving_min=0,
    )
    plain = cgm_session_start_time.encode(start)
    async with met(settings_of("cgm"), bonded=True) as (sim, client):
        for value, code in ((plain, 0x80), (plain + b"\x00\x00", 0x81)):
            with pytest.raises(BleakGATTProtocolError) as refused:
                await client.write_gatt_char(uuids.CGM_SESSION_START_TIME, value, response=True)
            assert refused.value.args[0] == code
        assert not sim.wearables[0].firmware.clock.is_set
