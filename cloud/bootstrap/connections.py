"""Connections that nobody can hold for nothing: a time for a request's header, and so many of one address."""

import asyncio
from typing import Any, Final

import structlog
from uvicorn.protocols.http.h11_impl import H11Protocol

from vitals.settings import is_loopback

__all__ = ["HEADER_S", "MOST_CONNECTIONS", "MOST_HEADER_BYTES", "MOST_OF_ONE_ADDRESS", "BoundedProtocol"]

_log = structlog.get_logger(__name__)

HEADER_S: Final = 15.0
"""How long a request's header may take to arrive, in real seconds; bodies have a time of their own."""
MOST_HEADER_BYTES: Final = 16_384
MOST_CONNECTIONS: Final = 2_000
MOST_OF_ONE_ADDRESS: Final = 200
"""A clinic behind one address has this many; what stands in front of us on this machine, all there are."""


class BoundedProtocol(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, but that a connection on which no request comes is ended.

    uvicorn's own time counts between requests, and ends with the first byte of the next.
    """

    _too_late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Begin to wait for a request, unless there are too many connections already."""
        super().connection_made(transport)
        if self._is_one_too_many():
            transport.abort()
        else:
            self._expect_header()

    def data_received(self, data: bytes) -> None:
        """Take what came; a request that is whole so far stops the clock, half a header does not."""
        super().data_received(data)
        if self._is_answering() or self.timeout_keep_alive_task is not None:
            self._expect_nothing()
        else:
            self._expect_header()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._expect_nothing()
        super().connection_lost(exc)

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _is_one_too_many(self) -> bool:
        there = self.connections
        if len(there) > MOST_CONNECTIONS:
            return True
        address = _address(self)
        if address is None or is_loopback(address) or len(there) <= MOST_OF_ONE_ADDRESS:
            return False
        return sum(1 for each in there if _address(each) == address) > MOST_OF_ONE_ADDRESS

    def _expect_header(self) -> None:
        if self._too_late is None:
            self._too_late = self.loop.call_later(HEADER_S, self._give_up)

    def _expect_nothing(self) -> None:
        if self._too_late is not None:
            self._too_late.cancel()
            self._too_late = None

    def _give_up(self) -> None:
        self._too_late = None
        if self._is_answering():
            return
        _log.info("http.header_too_slow")
        self.transport.abort()


def _address(connection: Any) -> str | None:  # noqa: ANN401 - uvicorn's set is of several protocols
    return connection.client[0] if connection.client else None
