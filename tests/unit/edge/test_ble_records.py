"""Fetching what a wearable stored: from the last record that is safe on, or all if it counts anew."""

import asyncio
from collections.abc import Callable, Iterable

import pytest

from edge.adapters.ble.exchange import Exchange
from edge.adapters.ble.link import BleLink
from edge.adapters.ble.records import Fetched, RecordFetch
from tests.fakes.bleak_radio import FakePeripheral, linked
from vitals.gatt import record_access_control_point as racp
from vitals.gatt import uuids

POINT = uuids.RECORD_ACCESS_CONTROL_POINT
Answers = Callable[[racp.Message], Iterable[racp.Message]]


def done(opcode: racp.Opcode, result: racp.Result = racp.Result.SUCCESS) -> racp.Message:
    return racp.ResponseCode(request_opcode=opcode, result=result)


def meter(*numbers: int) -> Answers:
    """A meter that holds these records; what it reports of them is notified elsewhere."""

    def answer(request: racp.Message) -> Iterable[racp.Message]:
        match request:
            case racp.ReportNumber(records=records):
                yield racp.NumberResponse(count=len(chosen(records, numbers)))
            case racp.ReportRecords(records=records):
                found = chosen(records, numbers)
                result = racp.Result.SUCCESS if found else racp.Result.NO_RECORDS_FOUND
                yield done(racp.Opcode.REPORT_STORED_RECORDS, result)
            case racp.Abort():
                yield done(racp.Opcode.ABORT_OPERATION)

    return answer


def chosen(records: racp.Records, numbers: tuple[int, ...]) -> list[int]:
    return [number for number in numbers if not records.bounds or number >= int(str(records.bounds[0]))]


class Bench:
    def __init__(self, peripheral: FakePeripheral, link: BleLink, exchange: Exchange) -> None:
        self.peripheral, self.link, self.exchange = peripheral, link, exchange

    async def fetch(self, answers: Answers, *, last_sequence: int | None, limit_s: float = 5.0) -> Fetched:
        self.peripheral.answers = lambda _uuid, value: map(racp.encode, answers(racp.decode(value)))
        return await RecordFetch(
            exchange=self.exchange,
            device="meter",
            last_sequence=last_sequence,
            heard_s=lambda: 0.0,
            limit_s=limit_s,
        ).run()

    def asked(self) -> list[racp.Message]:
        return [racp.decode(value) for _, value in self.peripheral.written]


@pytest.fixture
async def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    peripheral = FakePeripheral(address="C0:00:00:00:00:01", uuids=(POINT,))
    link = await linked(monkeypatch, peripheral)
    exchange = Exchange(link, POINT, limit_s=0.1)
    await link.subscribe(POINT, exchange.on_value)
    return Bench(peripheral, link, exchange)


async def test_of_a_wearable_never_read_before_everything_is_fetched(bench: Bench) -> None:
    assert await bench.fetch(meter(1, 2, 3), last_sequence=None) is Fetched.ALL
    assert bench.asked() == [racp.ReportRecords(records=racp.Records.all())]


async def test_later_only_the_last_safe_record_and_what_came_after_it_is(bench: Bench) -> None:
    assert await bench.fetch(meter(1, 2, 3), last_sequence=2) is Fetched.ALL
    fresh = racp.Records.numbered_from(2)
    assert bench.asked() == [racp.ReportNumber(records=fresh), racp.ReportRecords(records=fresh)]


async def test_of_one_that_has_the_last_safe_record_no_more_all_is_fetched_for_it_counts_anew(
    bench: Bench,
) -> None:
    assert await bench.fetch(meter(1, 2), last_sequence=3) is Fetched.ALL
    assert bench.asked() == [
        racp.ReportNumber(records=racp.Records.numbered_from(3)),
        racp.ReportRecords(records=racp.Records.all()),
    ]


async def test_one_that_was_emptied_has_nothing_new(bench: Bench) -> None:
    assert await bench.fetch(meter(), last_sequence=3) is Fetched.NOTHING_NEW


async def test_an_empty_wearable_has_nothing_new(bench: Bench) -> None:
    assert await bench.fetch(meter(), last_sequence=None) is Fetched.NOTHING_NEW


async def test_one_that_does_not_count_is_asked_for_the_records_all_the_same(bench: Bench) -> None:
    def answer(request: racp.Message) -> Iterable[racp.Message]:
        if isinstance(request, racp.ReportNumber):
            yield done(racp.Opcode.REPORT_NUMBER_OF_STORED_RECORDS, racp.Result.OPCODE_NOT_SUPPORTED)
        else:
            yield done(racp.Opcode.REPORT_STORED_RECORDS)

    assert await bench.fetch(answer, last_sequence=2) is Fetched.ALL


async def test_one_that_cannot_choose_is_asked_for_everything(bench: Bench) -> None:
    def answer(request: racp.Message) -> Iterable[racp.Message]:
        match request:
            case racp.ReportNumber():
                yield racp.NumberResponse(count=9)
            case racp.ReportRecords(records=racp.Records(operator=racp.Operator.ALL_RECORDS)):
                yield done(racp.Opcode.REPORT_STORED_RECORDS)
            case _:
                yield done(racp.Opcode.REPORT_STORED_RECORDS, racp.Result.OPERATOR_NOT_SUPPORTED)

    assert await bench.fetch(answer, last_sequence=2) is Fetched.ALL
    assert bench.asked()[-1] == racp.ReportRecords(records=racp.Records.all())


async def test_the_highest_number_there_is_can_be_asked_for_too(bench: Bench) -> None:
    assert await bench.fetch(meter(65_535), last_sequence=65_535) is Fetched.ALL


async def test_a_refusal_is_reported_as_one(bench: Bench) -> None:
    def refuse(_request: racp.Message) -> Iterable[racp.Message]:
        yield done(racp.Opcode.REPORT_STORED_RECORDS, racp.Result.OPCODE_NOT_SUPPORTED)

    assert await bench.fetch(refuse, last_sequence=None) is Fetched.REFUSED


async def test_one_that_never_comes_to_an_end_is_told_to_stop(bench: Bench) -> None:
    def answer(request: racp.Message) -> Iterable[racp.Message]:
        if isinstance(request, racp.Abort):
            yield done(racp.Opcode.ABORT_OPERATION)

    assert await bench.fetch(answer, last_sequence=None) is Fetched.ABORTED
    assert bench.asked()[-1] == racp.Abort()


async def test_one_that_does_not_even_stop_holds_nobody_up(bench: Bench) -> None:
    async with asyncio.timeout(5.0):
        assert await bench.fetch(lambda _request: [], last_sequence=None) is Fetched.ABORTED
