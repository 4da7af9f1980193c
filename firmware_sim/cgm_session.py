"""A glucose sensor's session: since when it counts its minutes, how often it measures, and who may say so."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from vitals.errors import DecodeError
from vitals.gatt import cgm_specific_ops_control_point as control
from vitals.gatt.cgm_specific_ops_control_point import Opcode, Operation, Response, Result

__all__ = ["CgmSession"]


class CgmSession:
    """Runs from the beginning of life; a collector may stop it, and start another."""

    def __init__(self) -> None:
        self.started_s = 0.0
        self.interval_min = 1
        self.is_running = True

    def minute(self, at_s: float) -> int:
        """Return the minutes since the session's start: what a record is known by."""
        return round((at_s - self.started_s) / _S_PER_MINUTE)

    def is_due(self, at_s: float) -> bool:
        """Tell whether the sensor measures in this minute."""
        return self.is_running and self.interval_min > 0 and self.minute(at_s) % self.interval_min == 0

    def answer(self, request: bytes, at_s: float) -> Operation:
        """Obey a request written to the CGM Specific Ops Control Point."""
        try:
            operation = control.decode(request)
        except DecodeError:
            known = bool(request) and request[0] in _ANSWERS
            return _refusal(request, Result.INVALID_OPERAND if known else Result.OPCODE_NOT_SUPPORTED)
        answer = _ANSWERS.get(operation.opcode)
        if answer is None:
            return _refusal(request, Result.OPCODE_NOT_SUPPORTED)
        return answer(self, operation, at_s)

    def start(self, at_s: float) -> None:
        """Count from now on."""
        self.started_s, self.is_running = at_s, True


_S_PER_MINUTE: Final = 60.0
Answer = Callable[[CgmSession, Operation, float], Operation]


def _refusal(request: bytes, result: Result) -> Operation:
    opcode = request[0] if request else 0
    return Operation(
        opcode=Opcode.RESPONSE_CODE, operand=Response(request_opcode=opcode, result=result), has_crc=True
    )


def _done(opcode: Opcode) -> Operation:
    operand = Response(request_opcode=opcode, result=Result.SUCCESS)
    return Operation(opcode=Opcode.RESPONSE_CODE, operand=operand, has_crc=True)


def _set_interval(session: CgmSession, operation: Operation, _at_s: float) -> Operation:
    if isinstance(operation.operand, int):
        session.interval_min = operation.operand
    return _done(operation.opcode)


def _tell_interval(session: CgmSession, _operation: Operation, _at_s: float) -> Operation:
    opcode = Opcode.COMMUNICATION_INTERVAL_RESPONSE
    return Operation(opcode=opcode, operand=session.interval_min, has_crc=True)


def _start(session: CgmSession, operation: Operation, at_s: float) -> Operation:
    if session.is_running:
        return _refusal(bytes([operation.opcode]), Result.PROCEDURE_NOT_COMPLETED)
    session.start(at_s)
    return _done(operation.opcode)


def _stop(session: CgmSession, operation: Operation, _at_s: float) -> Operation:
    session.is_running = False
    return _done(operation.opcode)


_ANSWERS: Final[Mapping[int, Answer]] = MappingProxyType(
    {
        Opcode.SET_COMMUNICATION_INTERVAL: _set_interval,
        Opcode.GET_COMMUNICATION_INTERVAL: _tell_interval,
        Opcode.START_SESSION: _start,
        Opcode.STOP_SESSION: _stop,
    }
)
