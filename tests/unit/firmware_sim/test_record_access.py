import asyncio

import pytest

from firmware_sim.record_access import RecordAccess
from firmware_sim.record_store import Record, RecordStore
from vitals.gatt import record_access_control_point as racp
from vitals.gatt.date_time import DateTime
from vitals.gatt.record_access_control_point import Opcode, Operator, Records, ResponseCode, Result

STAMP = DateTime(year=2026, month=1, day=1, hours=0, minutes=0, seconds=0)


class Collector:
    """What a central hears."""

    def __init__(self, count: int = 3, **access: object) -> None:
        self.told: list[int] = []
        self.answers: list[racp.Message] = []
        store = RecordStore()
        for number in range(count):
            store.add(Record(number=number, at_s=float(number), stamp=STAMP, parts=()))
        self.access = RecordAccess(store, tell=self._tell, respond=self._respond, **access)

    async def _tell(self, record: Record) -> None:
        self.told.append(record.number)

    async def _respond(self, message: racp.Message) -> None:
        self.answers.append(message)


async def answer(request: bytes, **access: object) -> racp.Message:
    collector = Collector(**access)
    await collector.access.serve(request)
    (only,) = collector.answers
    return only


@pytest.mark.parametrize(
    ("request_octets", "result"),
    [
        (b"", Result.OPCODE_NOT_SUPPORTED),
        (b"\x77\x01", Result.OPCODE_NOT_SUPPORTED),
        (b"\x06\x00\x01\x01", Result.OPCODE_NOT_SUPPORTED),
        (b"\x01\x00", Result.INVALID_OPERATOR),
        (b"\x03\x01", Result.INVALID_OPERATOR),
        (b"\x01\x09", Result.OPERATOR_NOT_SUPPORTED),
        (b"\x01\x03", Result.INVALID_OPERAND),
        (b"\x01\x03\x01\x05", Result.INVALID_OPERAND),
        (b"\x01\x01\xff", Result.INVALID_OPERAND),
        (b"\x01\x03\x09\x05\x00", Result.INVALID_OPERAND),
    ],
)
async def test_what_makes_no_sense_is_refused_with_the_reason(request_octets: bytes, result: Result) -> None:
    opcode = request_octets[0] if request_octets else 0

    assert await answer(request_octets) == ResponseCode(request_opcode=opcode, result=result)


async def test_a_server_may_know_fewer_operators() -> None:
    request = racp.encode(racp.ReportRecords(records=Records.numbered_from(1)))

    refused = await answer(request, operators=frozenset({Operator.NULL, Operator.ALL_RECORDS}))

    assert refused == ResponseCode(
        request_opcode=Opcode.REPORT_STORED_RECORDS, result=Result.OPERATOR_NOT_SUPPORTED
    )


async def test_records_are_told_in_order_and_then_the_end() -> None:
    collector = Collector(4)

    await collector.access.serve(racp.encode(racp.ReportRecords(records=Records.numbered_from(2))))

    assert collector.told == [2, 3]
    assert collector.answers == [
        ResponseCode(request_opcode=Opcode.REPORT_STORED_RECORDS, result=Result.SUCCESS)
    ]


@pytest.mark.parametrize("message", [racp.ReportRecords, racp.DeleteRecords])
async def test_where_there_is_nothing_it_says_so(message: type) -> None:
    refused = await answer(racp.encode(message(records=Records.numbered_from(9))))

    assert refused.result == Result.NO_RECORDS_FOUND


async def test_records_are_counted_without_being_told() -> None:
    assert await answer(racp.encode(racp.ReportNumber(records=Records.all()))) == racp.NumberResponse(count=3)


async def test_an_abort_ends_a_report_whose_end_is_then_not_told() -> None:
    collector = Collector(50)
    request = racp.encode(racp.ReportRecords(records=Records.all()))
    report = asyncio.create_task(collector.access.serve(request))
    while not collector.told:  # noqa: ASYNC110 - until the report is under way
        await asyncio.sleep(0)

    assert collector.access.is_busy_for(request)
    abort = racp.encode(racp.Abort())
    assert not collector.access.is_busy_for(abort)
    await collector.access.serve(abort)
    await report

    assert len(collector.told) < 50
    assert collector.answers == [ResponseCode(request_opcode=Opcode.ABORT_OPERATION, result=Result.SUCCESS)]
    assert not collector.access.is_busy_for(request)
