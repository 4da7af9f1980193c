"""The server behind a Record Access Control Point: Glucose Service 1.0.1 section 3.4, and those like it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from firmware_sim.record_store import Record, RecordStore
from vitals.errors import DecodeError
from vitals.gatt import record_access_control_point as racp

__all__ = ["RecordAccess"]


class RecordAccess:
    """One procedure at a time: `tell` sends a record, `respond` the answer that ends a procedure."""

    def __init__(
        self,
        store: RecordStore,
        *,
        tell: Callable[[Record], Awaitable[None]],
        respond: Callable[[racp.Message], Awaitable[None]],
        operators: frozenset[racp.Operator] = frozenset(racp.Operator),
    ) -> None:
        self._store = store
        self._tell = tell
        self._respond = respond
        self._operators = operators
        self._is_aborted = False
        self._is_reporting = False

    def is_busy_for(self, request: bytes) -> bool:
        """Tell whether the request has to wait for another's end: all but Abort do."""
        return self._is_reporting and request[:1] != bytes([racp.Opcode.ABORT_OPERATION])

    async def serve(self, request: bytes) -> None:
        """Do what a written request asks for, and respond."""
        match self._understood(request):
            case racp.ReportRecords(records=records):
                await self._report(records)
            case racp.ReportNumber(records=records):
                await self._respond(racp.NumberResponse(count=len(self._store.select(records))))
            case racp.DeleteRecords(records=records):
                result = racp.Result.SUCCESS if self._store.delete(records) else _NONE
                await self._respond(_response(racp.Opcode.DELETE_STORED_RECORDS, result))
            case racp.Abort():
                self._is_aborted = True
                await self._respond(_response(racp.Opcode.ABORT_OPERATION, racp.Result.SUCCESS))
            case refusal:
                await self._respond(refusal)

    async def _report(self, records: racp.Records) -> None:
        """Tell the records one after another; an abort, or the link's end, leaves the rest untold."""
        self._is_reporting, self._is_aborted = True, False
        try:
            selected = self._store.select(records)
            for record in selected:
                await self._tell(record)
                await asyncio.sleep(_PAUSE_S)
                if self._is_aborted:
                    return
        finally:
            self._is_reporting = False
        result = racp.Result.SUCCESS if selected else _NONE
        await self._respond(_response(racp.Opcode.REPORT_STORED_RECORDS, result))

    def _understood(self, request: bytes) -> racp.Message:
        """Return the request, or the response that refuses it."""
        opcode, operator = (*request[:2], 0, 0)[:2]
        if opcode not in _REQUESTS:
            return _response(opcode, racp.Result.OPCODE_NOT_SUPPORTED)
        try:
            message = racp.decode(request)
        except DecodeError:
            return _response(opcode, self._why_not(opcode, operator))
        if operator not in self._operators:
            return _response(opcode, racp.Result.OPERATOR_NOT_SUPPORTED)
        return message

    def _why_not(self, opcode: int, operator: int) -> racp.Result:
        if (operator == racp.Operator.NULL) != (opcode == racp.Opcode.ABORT_OPERATION):
            return racp.Result.INVALID_OPERATOR
        if operator not in self._operators:
            return racp.Result.OPERATOR_NOT_SUPPORTED
        return racp.Result.INVALID_OPERAND


_PAUSE_S: Final = 0.01
"""Of the wall's time: what a record takes on air, so that an abort finds something to abort."""
_NONE: Final = racp.Result.NO_RECORDS_FOUND
_REQUESTS: Final = {
    racp.Opcode.REPORT_STORED_RECORDS,
    racp.Opcode.DELETE_STORED_RECORDS,
    racp.Opcode.ABORT_OPERATION,
    racp.Opcode.REPORT_NUMBER_OF_STORED_RECORDS,
}


def _response(opcode: int, result: racp.Result) -> racp.ResponseCode:
    return racp.ResponseCode(request_opcode=opcode, result=result)
