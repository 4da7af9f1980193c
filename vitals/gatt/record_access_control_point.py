"""Record Access Control Point (0x2A52), Glucose Service 1.0.1 section 3.4: asking for what was stored.

| message         | opcode | operator                | operand                                         |
|-----------------|--------|-------------------------|-------------------------------------------------|
| Report Records  | 0x01   | which records           | filter type and its bounds, where there are any |
| Delete Records  | 0x02   | which records           | the same                                        |
| Abort           | 0x03   | null                    | none                                            |
| Report Number   | 0x04   | which records           | filter type and its bounds, where there are any |
| Number Response | 0x05   | null                    | how many (uint16)                               |
| Response Code   | 0x06   | null                    | request opcode and result (uint8 each)          |

Bounds are sequence numbers (filter type 1) or moments of the user-facing clock (2). The service that
uses it decides what a sequence number is: the CGM Service puts minutes since its session's start there.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from vitals.gatt import date_time
from vitals.gatt.octets import Octets, fitting

if TYPE_CHECKING:
    from collections.abc import Callable

    from vitals.gatt.date_time import DateTime

NAME = "Record Access Control Point"


class Opcode(IntEnum):
    """The first octet of every message."""

    REPORT_STORED_RECORDS = 0x01
    DELETE_STORED_RECORDS = 0x02
    ABORT_OPERATION = 0x03
    REPORT_NUMBER_OF_STORED_RECORDS = 0x04
    NUMBER_OF_STORED_RECORDS_RESPONSE = 0x05
    RESPONSE_CODE = 0x06


class Operator(IntEnum):
    """Which records."""

    NULL = 0
    ALL_RECORDS = 1
    LESS_THAN_OR_EQUAL_TO = 2
    GREATER_THAN_OR_EQUAL_TO = 3
    WITHIN_RANGE_OF = 4
    FIRST_RECORD = 5
    LAST_RECORD = 6


class Result(IntEnum):
    """How a request ended; other numbers are reserved and kept as they are."""

    SUCCESS = 1
    OPCODE_NOT_SUPPORTED = 2
    INVALID_OPERATOR = 3
    OPERATOR_NOT_SUPPORTED = 4
    INVALID_OPERAND = 5
    NO_RECORDS_FOUND = 6
    ABORT_UNSUCCESSFUL = 7
    PROCEDURE_NOT_COMPLETED = 8
    OPERAND_NOT_SUPPORTED = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Which records: the operator, and as many bounds as it has, all of one kind."""

    operator: Operator
    bounds: tuple[int, ...] | tuple[DateTime, ...] = ()

    @classmethod
    def all(cls) -> Records:
        """Return every record."""
        return cls(operator=Operator.ALL_RECORDS)

    @classmethod
    def numbered_from(cls, sequence_number: int) -> Records:
        """Return the record of that number and all later ones."""
        return cls(operator=Operator.GREATER_THAN_OR_EQUAL_TO, bounds=(sequence_number,))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRecords:
    """Ask for records; they are notified, and a response code ends them."""

    records: Records


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteRecords:
    """Ask to forget records."""

    records: Records


@dataclass(frozen=True, slots=True, kw_only=True)
class Abort:
    """Ask to end what is going on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportNumber:
    """Ask how many records there are."""

    records: Records


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberResponse:
    """The answer to that."""

    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseCode:
    """How a request ended: its opcode and a `Result`, both plain numbers because unknown ones come too."""

    request_opcode: int
    result: int


Message = ReportRecords | DeleteRecords | Abort | ReportNumber | NumberResponse | ResponseCode


def decode(value: bytes) -> Message:
    """Decode a written request or an indicated response; the opcode tells which."""
    octets = Octets(NAME, value)
    opcode = octets.uint(1, "Op Code")
    if opcode not in _DECODERS:
        octets.reject(f"a known op code and not 0x{opcode:02x}")
    message = _DECODERS[opcode](octets)
    octets.finish()
    return message


def encode(message: Message) -> bytes:
    """Encode a request or a response; raise `ValueError` for bounds that do not go with the operator."""
    match message:
        case ReportRecords(records=records):
            return bytes([Opcode.REPORT_STORED_RECORDS]) + _encode_records(records)
        case DeleteRecords(records=records):
            return bytes([Opcode.DELETE_STORED_RECORDS]) + _encode_records(records)
        case Abort():
            return bytes([Opcode.ABORT_OPERATION, Operator.NULL])
        case ReportNumber(records=records):
            return bytes([Opcode.REPORT_NUMBER_OF_STORED_RECORDS]) + _encode_records(records)
        case NumberResponse(count=count):
            number = fitting(count, 16, "Number of Stored Records").to_bytes(2, "little")
            return bytes([Opcode.NUMBER_OF_STORED_RECORDS_RESPONSE, Operator.NULL]) + number
        case ResponseCode(request_opcode=request_opcode, result=result):
            fitting(request_opcode, 8, "Request Op Code")
            fitting(result, 8, "Response Code Value")
            return bytes([Opcode.RESPONSE_CODE, Operator.NULL, request_opcode, result])


_BOUNDS: Final = {
    Operator.ALL_RECORDS: 0,
    Operator.LESS_THAN_OR_EQUAL_TO: 1,
    Operator.GREATER_THAN_OR_EQUAL_TO: 1,
    Operator.WITHIN_RANGE_OF: 2,
    Operator.FIRST_RECORD: 0,
    Operator.LAST_RECORD: 0,
}
_BY_SEQUENCE_NUMBER: Final = 1
_BY_USER_FACING_TIME: Final = 2


def _take_records(octets: Octets) -> Records:
    number = octets.uint(1, "Operator")
    operator = next((one for one in _BOUNDS if one == number), None)
    if operator is None:
        octets.reject(f"an operator that names records and not {number}")
    if not _BOUNDS[operator]:
        return Records(operator=operator)
    filter_type = octets.uint(1, "Filter Type")
    if filter_type == _BY_SEQUENCE_NUMBER:
        numbers = tuple(octets.uint(2, "Sequence Number") for _ in range(_BOUNDS[operator]))
        return Records(operator=operator, bounds=numbers)
    if filter_type != _BY_USER_FACING_TIME:
        octets.reject(f"a filter type of 1 or 2 and not {filter_type}")
    times = tuple(date_time.take(octets, "User Facing Time") for _ in range(_BOUNDS[operator]))
    return Records(operator=operator, bounds=times)


def _encode_records(records: Records) -> bytes:
    wanted = _BOUNDS.get(records.operator)
    if wanted is None or len(records.bounds) != wanted:
        raise ValueError(f"{records.operator.name} has {wanted} bounds: {len(records.bounds)} are given")
    if not records.bounds:
        return bytes([records.operator])
    by_number = isinstance(records.bounds[0], int)
    filter_type = _BY_SEQUENCE_NUMBER if by_number else _BY_USER_FACING_TIME
    return bytes([records.operator, filter_type]) + b"".join(map(_encode_bound, records.bounds))


def _encode_bound(bound: int | DateTime) -> bytes:
    if isinstance(bound, int):
        return fitting(bound, 16, "Sequence Number").to_bytes(2, "little")
    return date_time.encode(bound)


def _take_null(octets: Octets) -> None:
    operator = octets.uint(1, "Operator")
    if operator != Operator.NULL:
        octets.reject(f"the null operator and not {operator}")


def _take_abort(octets: Octets) -> Abort:
    _take_null(octets)
    return Abort()


def _take_number(octets: Octets) -> NumberResponse:
    _take_null(octets)
    return NumberResponse(count=octets.uint(2, "Number of Stored Records"))


def _take_response_code(octets: Octets) -> ResponseCode:
    _take_null(octets)
    return ResponseCode(
        request_opcode=octets.uint(1, "Request Op Code"), result=octets.uint(1, "Response Code Value")
    )


_DECODERS: Final[dict[int, Callable[[Octets], Message]]] = {
    Opcode.REPORT_STORED_RECORDS: lambda octets: ReportRecords(records=_take_records(octets)),
    Opcode.DELETE_STORED_RECORDS: lambda octets: DeleteRecords(records=_take_records(octets)),
    Opcode.ABORT_OPERATION: _take_abort,
    Opcode.REPORT_NUMBER_OF_STORED_RECORDS: lambda octets: ReportNumber(records=_take_records(octets)),
    Opcode.NUMBER_OF_STORED_RECORDS_RESPONSE: _take_number,
    Opcode.RESPONSE_CODE: _take_response_code,
}
