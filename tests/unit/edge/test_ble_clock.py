"""A wearable's clock is set where it is wrong, by a gateway that knows the time; what it showed is told."""

from datetime import UTC, datetime, timedelta

import pytest
from bleak.exc import BleakError

from edge.adapters.ble.clock import ClockOutcome, ClockWork, set_clock
from tests.fakes.bleak_radio import FakePeripheral, linked
from tests.fakes.clock import FakeClock
from vitals.errors import DecodeError
from vitals.gatt import cgm_session_start_time, current_time, uuids
from vitals.gatt.cgm_session_start_time import SessionStartTime
from vitals.gatt.current_time import CurrentTime
from vitals.gatt.date_time import DateTime

CLOCK = FakeClock()
NOW = datetime.fromtimestamp(CLOCK.wall_ms() / 1000, tz=UTC)
TIME, START = uuids.CURRENT_TIME, uuids.CGM_SESSION_START_TIME
UNKNOWN = DateTime(year=0, month=0, day=0, hours=0, minutes=0, seconds=0)


class Bench:
    """A wearable with one clock; what is written to it is what it shows from then on."""

    def __init__(self, peripheral: FakePeripheral, work: ClockWork, told: list[tuple[str, bytes]]) -> None:
        self.peripheral, self.work, self.told = peripheral, work, told

    def shown(self) -> list[DateTime]:
        return [current_time.decode(value).date_time for _, value in self.told]


async def bench(
    monkeypatch: pytest.MonkeyPatch,
    uuid: str,
    shown: bytes,
    *,
    properties: tuple[str, ...] = ("read", "write"),
    is_synced: bool = True,
) -> Bench:
    def keep(uuid: str, value: bytes) -> list[bytes]:
        peripheral.values[uuid] = value
        return []

    peripheral = FakePeripheral(
        address="C0:00:00:00:00:01",
        uuids=(uuid,),
        values={uuid: shown},
        properties={uuid: properties},
        answers=keep,
    )
    told: list[tuple[str, bytes]] = []
    link = await linked(monkeypatch, peripheral)
    work = ClockWork(
        link=link,
        clock=CLOCK,
        is_synced=lambda: is_synced,
        forward=lambda uuid, value: told.append((uuid, value)),
    )
    return Bench(peripheral, work, told)


def showing(moment: datetime) -> bytes:
    return current_time.encode(CurrentTime.of(moment))


async def test_a_clock_that_is_right_is_left_alone_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    made = await bench(monkeypatch, TIME, showing(NOW + timedelta(seconds=3)))
    assert await set_clock(made.work) is ClockOutcome.RIGHT
    assert made.peripheral.written == []
    assert len(made.told) == 1


@pytest.mark.parametrize("years", [-14, 10], ids=["fourteen behind", "ten ahead"])
async def test_a_clock_that_is_years_off_is_set_and_both_readings_are_told(
    monkeypatch: pytest.MonkeyPatch, years: int
) -> None:
    wrong = NOW.replace(year=NOW.year + years)
    made = await bench(monkeypatch, TIME, showing(wrong))
    assert await set_clock(made.work) is ClockOutcome.SET
    before, after = made.shown()
    assert before == DateTime.of(wrong)
    assert after == DateTime.of(NOW.astimezone())


async def test_a_clock_that_knows_nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    made = await bench(monkeypatch, TIME, current_time.encode(CurrentTime(date_time=UNKNOWN)))
    assert await set_clock(made.work) is ClockOutcome.SET


async def test_a_clock_that_shows_rubbish_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    made = await bench(monkeypatch, TIME, b"\xff\xff\x0d\x20")
    assert await set_clock(made.work) is ClockOutcome.SET


async def test_a_clock_that_takes_the_time_and_shows_another_is_not_called_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = await bench(monkeypatch, TIME, showing(NOW.replace(year=2010)))
    made.peripheral.answers = lambda *_: []
    assert await set_clock(made.work) is ClockOutcome.NOT_TAKEN
    assert len(made.told) == 2


async def test_a_gateway_that_does_not_know_the_time_sets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    made = await bench(monkeypatch, TIME, showing(NOW.replace(year=2010)), is_synced=False)
    assert await set_clock(made.work) is ClockOutcome.NOT_SYNCED
    assert made.peripheral.written == []
    assert len(made.told) == 1


async def test_a_clock_that_cannot_be_set_is_told_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    made = await bench(monkeypatch, TIME, showing(NOW.replace(year=2010)), properties=("read",))
    assert await set_clock(made.work) is ClockOutcome.NOT_OFFERED
    assert len(made.told) == 1


async def test_a_wearable_without_a_clock_has_none_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    made = await bench(monkeypatch, uuids.BATTERY_LEVEL, b"\x32")
    assert await set_clock(made.work) is ClockOutcome.NOT_OFFERED
    assert made.told == []


async def test_a_refusal_is_for_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_uuid: str, _value: bytes) -> list[bytes]:
        raise BleakError("Write Not Permitted")

    made = await bench(monkeypatch, TIME, showing(NOW.replace(year=2010)))
    made.peripheral.answers = refuse
    with pytest.raises(BleakError, match="Not Permitted"):
        await set_clock(made.work)


async def test_a_session_that_began_at_no_known_time_is_given_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unset = SessionStartTime(local_time=UNKNOWN, time_zone_min=None, daylight_saving_min=None, has_crc=True)
    made = await bench(monkeypatch, START, cgm_session_start_time.encode(unset))
    assert await set_clock(made.work) is ClockOutcome.SET
    start = cgm_session_start_time.decode(made.peripheral.values[START])
    assert start == SessionStartTime(
        local_time=DateTime.of(NOW), time_zone_min=0, daylight_saving_min=0, has_crc=True
    )
    assert [cgm_session_start_time.decode(value).local_time for _, value in made.told] == [
        UNKNOWN,
        DateTime.of(NOW),
    ]


@pytest.mark.parametrize(
    ("properties", "is_synced", "outcome"),
    [(("read",), True, ClockOutcome.NOT_OFFERED), (("read", "write"), False, ClockOutcome.NOT_SYNCED)],
)
async def test_that_a_sessions_start_is_not_known_is_told_where_it_cannot_be_set(
    monkeypatch: pytest.MonkeyPatch,
    properties: tuple[str, ...],
    is_synced: bool,  # noqa: FBT001 - pytest names it
    outcome: ClockOutcome,
) -> None:
    unset = SessionStartTime(local_time=UNKNOWN, time_zone_min=None, daylight_saving_min=None)
    shown = cgm_session_start_time.encode(unset)
    made = await bench(monkeypatch, START, shown, properties=properties, is_synced=is_synced)
    assert await set_clock(made.work) is outcome
    assert made.told == [(START, shown)]


async def test_a_session_that_knows_its_start_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    known = SessionStartTime(local_time=DateTime.of(NOW), time_zone_min=60, daylight_saving_min=0)
    made = await bench(monkeypatch, START, cgm_session_start_time.encode(known))
    assert await set_clock(made.work) is ClockOutcome.RIGHT
    assert made.peripheral.written == []


async def test_a_session_start_that_makes_no_sense_is_for_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    made = await bench(monkeypatch, START, b"\x01")
    with pytest.raises(DecodeError):
        await set_clock(made.work)
