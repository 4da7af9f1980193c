"""CGM Specific Ops Control Point (0x2AAC), Continuous Glucose Monitoring Service 1.0 section 3.7.

Every message is an opcode and an operand whose kind the opcode decides: `OPERANDS` is that table. An
E2E-CRC stands behind it if the sensor supports one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from vitals.gatt import e2e_crc
from vitals.gatt.octets import Octets, fitting
from vitals.gatt.sfloat import Quantity, put_sfloat, take_sfloat

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "CGM Specific Ops Control Point"


class Opcode(IntEnum):
    """The first octet of every message."""

    SET_COMMUNICATION_INTERVAL = 0x01
    GET_COMMUNICATION_INTERVAL = 0x02
    COMMUNICATION_INTERVAL_RESPONSE = 0x03
    SET_CALIBRATION_VALUE = 0x04
    GET_CALIBRATION_VALUE = 0x05
    CALIBRATION_VALUE_RESPONSE = 0x06
    SET_PATIENT_HIGH_ALERT = 0x07
    GET_PATIENT_HIGH_ALERT = 0x08
    PATIENT_HIGH_ALERT_RESPONSE = 0x09
    SET_PATIENT_LOW_ALERT = 0x0A
    GET_PATIENT_LOW_ALERT = 0x0B
    PATIENT_LOW_ALERT_RESPONSE = 0x0C
    SET_HYPO_ALERT = 0x0D
    GET_HYPO_ALERT = 0x0E
    HYPO_ALERT_RESPONSE = 0x0F
    SET_HYPER_ALERT = 0x10
    GET_HYPER_ALERT = 0x11
    HYPER_ALERT_RESPONSE = 0x12
    SET_RATE_OF_DECREASE_ALERT = 0x13
    GET_RATE_OF_DECREASE_ALERT = 0x14
    RATE_OF_DECREASE_ALERT_RESPONSE = 0x15
    SET_RATE_OF_INCREASE_ALERT = 0x16
    GET_RATE_OF_INCREASE_ALERT = 0x17
    RATE_OF_INCREASE_ALERT_RESPONSE = 0x18
    RESET_DEVICE_SPECIFIC_ALERT = 0x19
    START_SESSION = 0x1A
    STOP_SESSION = 0x1B
    RESPONSE_CODE = 0x1C


class Result(IntEnum):
    """How a request ended; other numbers are reserved and kept as they are."""

    SUCCESS = 1
    OPCODE_NOT_SUPPORTED = 2
    INVALID_OPERAND = 3
    PROCEDURE_NOT_COMPLETED = 4
    PARAMETER_OUT_OF_RANGE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A reference measurement, in mg/dL; times count minutes from the session's start."""

    glucose_mg_dl: Quantity
    time_min: int
    fluid_type: int
    sample_location: int
    next_time_min: int
    record_number: int
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """How the request with `request_opcode` ended."""

    request_opcode: int
    result: int


Operand = int | Quantity | Calibration | Response | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A request or its answer; an interval counts minutes, an alert level mg/dL (a minute, for rates)."""

    opcode: Opcode
    operand: Operand = None
    has_crc: bool = False


def decode(value: bytes) -> Operation:
    """Decode a written request or an indicated answer."""
    octets = Octets(NAME, value)
    number = octets.uint(1, "Op Code")
    opcode = next((one for one in Opcode if one == number), None)
    if opcode is None:
        octets.reject(f"a known op code and not 0x{number:02x}")
    operand = OPERANDS[opcode].take(octets)
    has_crc = e2e_crc.take_check_if_there(octets, value)
    octets.finish()
    return Operation(opcode=opcode, operand=operand, has_crc=has_crc)


def encode(operation: Operation) -> bytes:
    """Encode an operation; raise `ValueError` for an operand that is not its opcode's."""
    value = bytes([operation.opcode]) + OPERANDS[operation.opcode].put(operation.operand)
    return e2e_crc.sealed(value) if operation.has_crc else value


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """How one kind of operand is read and written."""

    take: Callable[[Octets], Operand]
    put: Callable[[Operand], bytes]


def _number(octets_count: int, field: str) -> _Kind:
    def put(operand: Operand) -> bytes:
        if not isinstance(operand, int):
            raise ValueError(f"{field} is a whole number: {operand!r} is not")  # noqa: TRY004 - as all encoders do
        return fitting(operand, 8 * octets_count, field).to_bytes(octets_count, "little")

    return _Kind(take=lambda octets: octets.uint(octets_count, field), put=put)


def _put_nothing(operand: Operand) -> bytes:
    if operand is not None:
        raise ValueError(f"this op code has no operand: {operand!r} is given")
    return b""


def _put_level(operand: Operand) -> bytes:
    if operand is None or isinstance(operand, Calibration | Response):
        raise ValueError(f"an alert level is a number: {operand!r} is not")
    return put_sfloat(operand)


def _take_calibration(octets: Octets) -> Calibration:
    glucose_mg_dl = take_sfloat(octets, "Glucose Concentration of Calibration")
    time_min = octets.uint(2, "Calibration Time")
    type_and_location = octets.uint(1, "Type-Sample Location")
    return Calibration(
        glucose_mg_dl=glucose_mg_dl,
        time_min=time_min,
        fluid_type=type_and_location & 0xF,
        sample_location=type_and_location >> 4,
        next_time_min=octets.uint(2, "Next Calibration Time"),
        record_number=octets.uint(2, "Calibration Data Record Number"),
        status=octets.uint(1, "Calibration Status"),
    )


def _put_calibration(operand: Operand) -> bytes:
    if not isinstance(operand, Calibration):
        raise ValueError(f"this op code's operand is a Calibration: {operand!r} is not")  # noqa: TRY004 - as above
    fluid_type = fitting(operand.fluid_type, 4, "Type")
    return b"".join(
        (
            put_sfloat(operand.glucose_mg_dl),
            fitting(operand.time_min, 16, "Calibration Time").to_bytes(2, "little"),
            bytes([fitting(operand.sample_location, 4, "Sample Location") << 4 | fluid_type]),
            fitting(operand.next_time_min, 16, "Next Calibration Time").to_bytes(2, "little"),
            fitting(operand.record_number, 16, "Calibration Data Record Number").to_bytes(2, "little"),
            bytes([fitting(operand.status, 8, "Calibration Status")]),
        )
    )


def _take_response(octets: Octets) -> Response:
    return Response(
        request_opcode=octets.uint(1, "Request Op Code"), result=octets.uint(1, "Response Code Value")
    )


def _put_response(operand: Operand) -> bytes:
    if not isinstance(operand, Response):
        raise ValueError(f"this op code's operand is a Response: {operand!r} is not")  # noqa: TRY004 - as above
    return bytes(
        [
            fitting(operand.request_opcode, 8, "Request Op Code"),
            fitting(operand.result, 8, "Response Code Value"),
        ]
    )


_NOTHING: Final = _Kind(take=lambda _: None, put=_put_nothing)
_LEVEL: Final = _Kind(take=lambda octets: take_sfloat(octets, "Alert Level"), put=_put_level)
_CALIBRATION: Final = _Kind(take=_take_calibration, put=_put_calibration)
_INTERVAL: Final = _number(1, "Communication Interval")

OPERANDS: Final = {
    Opcode.SET_COMMUNICATION_INTERVAL: _INTERVAL,
    Opcode.GET_COMMUNICATION_INTERVAL: _NOTHING,
    Opcode.COMMUNICATION_INTERVAL_RESPONSE: _INTERVAL,
    Opcode.SET_CALIBRATION_VALUE: _CALIBRATION,
    Opcode.GET_CALIBRATION_VALUE: _number(2, "Calibration Data Record Number"),
    Opcode.CALIBRATION_VALUE_RESPONSE: _CALIBRATION,
    Opcode.SET_PATIENT_HIGH_ALERT: _LEVEL,
    Opcode.GET_PATIENT_HIGH_ALERT: _NOTHING,
    Opcode.PATIENT_HIGH_ALERT_RESPONSE: _LEVEL,
    Opcode.SET_PATIENT_LOW_ALERT: _LEVEL,
    Opcode.GET_PATIENT_LOW_ALERT: _NOTHING,
    Opcode.PATIENT_LOW_ALERT_RESPONSE: _LEVEL,
    Opcode.SET_HYPO_ALERT: _LEVEL,
    Opcode.GET_HYPO_ALERT: _NOTHING,
    Opcode.HYPO_ALERT_RESPONSE: _LEVEL,
    Opcode.SET_HYPER_ALERT: _LEVEL,
    Opcode.GET_HYPER_ALERT: _NOTHING,
    Opcode.HYPER_ALERT_RESPONSE: _LEVEL,
    Opcode.SET_RATE_OF_DECREASE_ALERT: _LEVEL,
    Opcode.GET_RATE_OF_DECREASE_ALERT: _NOTHING,
    Opcode.RATE_OF_DECREASE_ALERT_RESPONSE: _LEVEL,
    Opcode.SET_RATE_OF_INCREASE_ALERT: _LEVEL,
    Opcode.GET_RATE_OF_INCREASE_ALERT: _NOTHING,
    Opcode.RATE_OF_INCREASE_ALERT_RESPONSE: _LEVEL,
    Opcode.RESET_DEVICE_SPECIFIC_ALERT: _NOTHING,
    Opcode.START_SESSION: _NOTHING,
    Opcode.STOP_SESSION: _NOTHING,
    Opcode.RESPONSE_CODE: _Kind(take=_take_response, put=_put_response),
}
"""What follows each opcode."""
