"""Fetches what a wearable stored while nobody listened, over its Record Access Control Point.

The records themselves are notified and go the way of every notification; here is only the asking, and
knowing when all has come. What is fetched is the last record that is safe and everything after it: if the
wearable has no such record any more it counts anew, and all it has is fetched.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import structlog

from edge.adapters.ble.exchange import Exchange
from vitals.gatt import record_access_control_point as racp

__all__ = ["Fetched", "RecordFetch"]

_log = structlog.get_logger()


_Answer = racp.NumberResponse | racp.ResponseCode


class Fetched(StrEnum):
    """How it ended."""

    ALL = "all"
    NOTHING_NEW = "nothing-new"
    REFUSED = "refused"
    ABORTED = "aborted"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFetch:
    """One wearable's stored records, once a connection."""

    exchange: Exchange
    device: str
    last_sequence: int | None
    """Of the last record that is safe; `None`: there is none."""
    heard_s: Callable[[], float]
    """When, by the loop's clock, a record last came: while they come nobody is impatient."""
    limit_s: float

    async def run(self) -> Fetched:
        """Fetch; a wearable that does not come to an end is told to stop.

        Raises
        ------
        BleakError, OSError, EOFError
            The radio failed.
        """
        try:
            async with asyncio.timeout(self.limit_s):
                result = await self._fetch()
        except TimeoutError as error:
            _log.warning("ble.records_aborted", device=self.device, error=str(error))
            await self._abort()
            return Fetched.ABORTED
        return _FETCHED.get(result, Fetched.REFUSED)

    async def _fetch(self) -> int:
        """Ask for what is new; of a wearable that cannot choose, or counts anew, for everything."""
        if self.last_sequence is None:
            return await self._report(racp.Records.all())
        fresh = racp.Records.numbered_from(self.last_sequence)
        if await self._number_of(fresh) == 0:
            return await self._report(racp.Records.all())
        result = await self._report(fresh)
        return await self._report(racp.Records.all()) if result in _CANNOT_CHOOSE else result

    async def _number_of(self, records: racp.Records) -> int | None:
        """Return how many there are; `None`: the wearable does not count."""
        request = racp.encode(racp.ReportNumber(records=records))
        answer: _Answer = await self.exchange.ask(
            request, _answer_to(racp.Opcode.REPORT_NUMBER_OF_STORED_RECORDS)
        )
        if isinstance(answer, racp.NumberResponse):
            return answer.count
        return 0 if answer.result == racp.Result.NO_RECORDS_FOUND else None

    async def _report(self, records: racp.Records) -> int:
        request = racp.encode(racp.ReportRecords(records=records))
        answer: _Answer = await self.exchange.ask(
            request, _answer_to(racp.Opcode.REPORT_STORED_RECORDS), still_alive=self.heard_s
        )
        return answer.result if isinstance(answer, racp.ResponseCode) else racp.Result.SUCCESS

    async def _abort(self) -> None:
        try:
            await self.exchange.ask(racp.encode(racp.Abort()), _answer_to(racp.Opcode.ABORT_OPERATION))
        except TimeoutError:
            _log.warning("ble.abort_unanswered", device=self.device)


_CANNOT_CHOOSE: Final = {
    racp.Result.OPERATOR_NOT_SUPPORTED,
    racp.Result.OPERAND_NOT_SUPPORTED,
    racp.Result.INVALID_OPERATOR,
    racp.Result.INVALID_OPERAND,
}
_FETCHED: Final[dict[int, Fetched]] = {
    racp.Result.SUCCESS: Fetched.ALL,
    racp.Result.NO_RECORDS_FOUND: Fetched.NOTHING_NEW,
    racp.Result.PROCEDURE_NOT_COMPLETED: Fetched.ABORTED,
}


def _answer_to(opcode: racp.Opcode) -> Callable[[bytes], _Answer | None]:
    def answer(value: bytes) -> _Answer | None:
        match racp.decode(value):
            case racp.ResponseCode(request_opcode=asked) as response if asked == opcode:
                return response
            case racp.NumberResponse() as response if opcode is racp.Opcode.REPORT_NUMBER_OF_STORED_RECORDS:
                return response
        return None

    return answer
