"""One connection: what is asked of each sort of wearable, in which order, and how it ends."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest
from bleak.exc import BleakError, BleakGATTProtocolError, BleakGATTProtocolErrorCode

from edge.adapters.ble import link as ble_link
from edge.adapters.ble.session import BleSession, SessionHost, SessionNeeds
from edge.adapters.ble.trouble import ServicesMissingError
from edge.adapters.inbox import Inbox, LinkChange, Notification
from edge.config import Bond, RadioSettings
from edge.link.link_phase import LinkEvent
from edge.link.profiles import profile_named
from edge.ports import Pressure
from tests.fakes.bleak_radio import FakePeripheral, FakeRadio, device_named
from tests.fakes.clock import FakeClock
from vitals.gatt import current_time, uuids
from vitals.gatt import record_access_control_point as racp
from vitals.records import LinkState

DEVICE = "c0-00-00-00-00-01"
CUFF = (uuids.BLOOD_PRESSURE_MEASUREMENT, uuids.CURRENT_TIME, uuids.BATTERY_LEVEL)
METER = (uuids.GLUCOSE_MEASUREMENT, uuids.RECORD_ACCESS_CONTROL_POINT)
PATIENCE = {"connect_s": 0.5, "request_s": 0.2, "pair_s": 0.2, "silence_s": 0.1, "fetch_s": 2.0}


@dataclass(slots=True, kw_only=True)
class Bench:
    peripheral: FakePeripheral
    session: BleSession
    inbox: Inbox
    counters: Counter[str]
    radio: FakeRadio
    steps: list[LinkEvent] = field(default_factory=list)

    def values(self, uuid: str) -> list[bytes]:
        items = self.inbox.take_all()
        return [item.value for item in items if isinstance(item, Notification) and item.uuid == uuid]


@asynccontextmanager
async def bench(
    monkeypatch: pytest.MonkeyPatch,
    peripheral: FakePeripheral,
    *,
    profile: str = "chest-strap",
    bond: Bond = "if-asked",
    last_sequence: int | None = None,
    notify: str = "start",
    pressure: Pressure = Pressure.NONE,
) -> AsyncIterator[Bench]:
    radio, counters = FakeRadio(peripherals={peripheral.address: peripheral}), Counter[str]()
    monkeypatch.setattr(ble_link, "BleakClient", radio.client)
    inbox, steps = Inbox(counters=counters), []
    session = BleSession(
        device_named(peripheral.address),
        needs=SessionNeeds(
            device=DEVICE, profile=profile_named(profile), bond=bond, step=steps.append, rssi_dbm=-61
        ),
        host=SessionHost(
            radio=RadioSettings.model_validate(PATIENCE | {"notify": notify}),
            inbox=inbox,
            clock=FakeClock(),
            counters=counters,
            is_synced=lambda: True,
            last_sequence=lambda _device, _uuid: last_sequence,
            pressure=lambda: pressure,
        ),
    )
    await session.connect()
    yield Bench(
        peripheral=peripheral, session=session, inbox=inbox, counters=counters, radio=radio, steps=steps
    )
    await session.close()


def strap(**more: object) -> FakePeripheral:
    return FakePeripheral(address="C0:00:00:00:00:01", **more)  # type: ignore[arg-type]


async def test_a_strap_is_checked_read_subscribed_to_and_started(monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench(monkeypatch, strap()) as made:
        await made.session.prepare()
        assert made.steps == [LinkEvent.CONNECTED, LinkEvent.SERVICES_THERE, LinkEvent.STREAMS]
        (change, *_) = made.inbox.take_all()
        assert isinstance(change, LinkChange)
        assert (change.link, change.rssi_dbm) == (LinkState.CONNECTED, -61)
    assert made.peripheral.log == [
        *("subscribe 2a37", "subscribe 2a19", "subscribe 0002", "subscribe 0003"),
        *("GET_SETTINGS", "START", "STOP", "disconnect"),
    ]


async def test_what_a_wearable_lacks_is_named_before_anything_is_asked_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with bench(monkeypatch, strap(uuids=(uuids.HEART_RATE_MEASUREMENT,))) as made:
        with pytest.raises(ServicesMissingError, match=uuids.SIGNAL_DATA):
            await made.session.prepare()
        assert made.peripheral.log == []


async def test_a_cuffs_clock_is_read_set_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def keep(uuid: str, value: bytes) -> Iterable[bytes]:
        cuff.values[uuid] = value
        return ()

    cuff = strap(uuids=CUFF, answers=keep, properties={uuids.CURRENT_TIME: ("read", "write")})
    async with bench(monkeypatch, cuff, profile="blood-pressure-cuff") as made:
        await made.session.prepare()
        assert made.steps[-1] is LinkEvent.VISITS
        assert [uuid for uuid, _ in made.peripheral.written] == [uuids.CURRENT_TIME]
        assert len(made.values(uuids.CURRENT_TIME)) == 3  # before it tells anything, and before and after
        assert made.counters["ble.clock_set"] == 1
        current_time.decode(made.peripheral.written[0][1])


async def test_a_cuff_whose_clock_will_not_be_set_is_served_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_uuid: str, _value: bytes) -> Iterable[bytes]:
        raise BleakError("Write Not Permitted")

    async with bench(monkeypatch, strap(uuids=CUFF, answers=refuse), profile="blood-pressure-cuff") as made:
        await made.session.prepare()
        assert made.steps[-1] is LinkEvent.VISITS
        assert made.counters["ble.clock_refused"] == 1


async def test_a_visitor_that_delivered_is_let_go_after_a_while_of_silence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with bench(monkeypatch, strap(uuids=CUFF), profile="blood-pressure-cuff") as made:
        made.peripheral.answers = lambda *_: []
        await made.session.prepare()
        made.peripheral.notify(uuids.BLOOD_PRESSURE_MEASUREMENT, b"\x00")
        assert await made.session.watch() is LinkEvent.DELIVERED


async def test_a_visitor_that_delivers_and_hangs_up_has_delivered(monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench(monkeypatch, strap(uuids=CUFF), profile="blood-pressure-cuff") as made:
        made.peripheral.answers = lambda *_: []
        await made.session.prepare()
        made.peripheral.notify(uuids.BLOOD_PRESSURE_MEASUREMENT, b"\x00")
        made.peripheral.vanish()
        assert await made.session.watch() is LinkEvent.DELIVERED


async def test_a_visitor_that_says_nothing_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench(monkeypatch, strap(uuids=CUFF), profile="blood-pressure-cuff") as made:
        made.peripheral.answers = lambda *_: []
        await made.session.prepare()
        assert await made.session.watch() is LinkEvent.SILENT


@pytest.mark.parametrize(
    ("result", "counted"),
    [(racp.Result.SUCCESS, "all"), (racp.Result.NO_RECORDS_FOUND, "nothing_new")],
)
async def test_a_meter_whose_records_were_fetched_has_delivered(
    monkeypatch: pytest.MonkeyPatch, result: racp.Result, counted: str
) -> None:
    def answer(_uuid: str, value: bytes) -> Iterable[bytes]:
        yield racp.encode(racp.ResponseCode(request_opcode=value[0], result=result))

    async with bench(monkeypatch, strap(uuids=METER, answers=answer), profile="glucose-meter") as made:
        await made.session.prepare()
        assert made.session.has_delivered
        assert made.counters[f"ble.records_{counted}"] == 1
        assert await made.session.watch() is LinkEvent.DELIVERED


async def test_while_there_is_no_room_for_them_a_meter_keeps_its_records_until_its_next_visit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    meter = strap(uuids=METER)
    async with bench(monkeypatch, meter, profile="glucose-meter", pressure=Pressure.FULL) as made:
        await made.session.prepare()
        assert made.counters["ble.records_postponed"] == 1
        assert made.session.has_delivered, "nobody waits for what is not asked for"
    assert not meter.written
    async with bench(monkeypatch, meter, profile="glucose-meter", pressure=Pressure.HIGH) as made:
        with suppress(TimeoutError):
            await made.session.prepare()
    assert meter.written, "there is still room for the small"


async def test_records_from_the_last_safe_one_on_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(_uuid: str, value: bytes) -> Iterable[bytes]:
        opcode = racp.Opcode.REPORT_STORED_RECORDS
        is_count = isinstance(racp.decode(value), racp.ReportNumber)
        done = racp.ResponseCode(request_opcode=opcode, result=racp.Result.SUCCESS)
        yield racp.encode(racp.NumberResponse(count=1) if is_count else done)

    async with bench(
        monkeypatch, strap(uuids=METER, answers=answer), profile="glucose-meter", last_sequence=41
    ) as made:
        await made.session.prepare()
    fresh = racp.Records.numbered_from(41)
    assert [racp.decode(asked) for _, asked in made.peripheral.written] == [
        racp.ReportNumber(records=fresh),
        racp.ReportRecords(records=fresh),
    ]


async def test_a_frame_that_is_handed_over_twice_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench(monkeypatch, strap()) as made:
        await made.session.prepare()
        for number in (1, 1, 2, 2, 3):
            made.peripheral.notify(uuids.SIGNAL_DATA, bytes([number]))
        assert made.values(uuids.SIGNAL_DATA) == [b"\x01", b"\x02", b"\x03"]
        assert made.counters["notification.doubled"] == 2


async def test_a_link_that_is_lost_and_one_that_falls_silent_are_told_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with bench(monkeypatch, strap()) as made:
        await made.session.prepare()
        assert await made.session.watch() is LinkEvent.SILENT
    async with bench(monkeypatch, strap()) as made:
        await made.session.prepare()
        made.peripheral.vanish()
        assert await made.session.watch() is LinkEvent.LOST


async def test_a_link_that_is_needed_for_another_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench(monkeypatch, strap()) as made:
        await made.session.prepare()
        watching = asyncio.create_task(made.session.watch())
        await asyncio.sleep(0)
        made.session.give_way()
        assert await watching is LinkEvent.GIVES_WAY


@pytest.mark.parametrize(("notify", "uses_start_notify"), [("start", True), ("acquire", False)])
async def test_how_bluez_is_asked_for_notifications_is_a_setting(
    monkeypatch: pytest.MonkeyPatch, notify: str, *, uses_start_notify: bool
) -> None:
    async with bench(monkeypatch, strap(), notify=notify) as made:
        await made.session.prepare()
    assert made.radio.notify_options == [{"use_start_notify": uses_start_notify}] * 4


async def test_a_wearable_that_asks_for_a_bond_on_the_way_gets_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def guarded(uuid: str) -> None:
        if uuid == uuids.BATTERY_LEVEL and "pair" not in peripheral.log:
            raise BleakGATTProtocolError(BleakGATTProtocolErrorCode.INSUFFICIENT_ENCRYPTION)

    peripheral = strap(on_read=guarded)
    async with bench(monkeypatch, peripheral) as made:
        await made.session.prepare()
        assert made.steps == [
            *(LinkEvent.CONNECTED, LinkEvent.SERVICES_THERE),
            *(LinkEvent.BOND_ASKED, LinkEvent.BONDED, LinkEvent.STREAMS),
        ]


@pytest.mark.parametrize("error", [BleakError("Not connected"), KeyError("a mistake in a library")])
async def test_no_error_leaves_the_end_of_a_session(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail() -> None:
        raise error

    async with bench(monkeypatch, strap(on_disconnect=fail)) as made:
        await made.session.prepare()
    assert made.peripheral.log[-1] == "disconnect"


@pytest.mark.parametrize("error", [BleakError("stuck"), AssertionError("a library's own")])
async def test_a_session_that_cannot_let_the_system_forget_says_so(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail() -> None:
        raise error

    async with bench(monkeypatch, strap(on_forget=fail)) as made:
        assert not await made.session.forget()
        made.peripheral.on_forget = None
        assert await made.session.forget()
