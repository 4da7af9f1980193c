"""The page, on a port of the gateway's own network."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

import structlog

from edge.alarms.local_alarm import AlarmKey
from edge.health import GatewayHealth
from edge.page.desk import Desk
from edge.page.http import HEAD_BYTES, Answer, BadRequestError, read_request

__all__ = ["PageServer"]

_log = structlog.get_logger()

REQUEST_S: Final = 10.0
"""For how long one request may last, from the first byte to the last."""
MOST_AT_ONCE: Final = 16
RETRY_S: Final = 30.0


@dataclass(slots=True, kw_only=True)
class PageServer:
    """Serves until cancelled; while the port cannot be had, that is an alarm, and life goes on."""

    host: str
    port: int
    desk: Desk
    health: GatewayHealth
    wall_ms: Callable[[], int]
    _served: set[asyncio.Task[None]] = field(default_factory=set)
    listening: asyncio.Event = field(default_factory=asyncio.Event)
    bound_port: int | None = None
    """The port it listens on, which the system chose if `port` is 0."""

    async def run(self) -> None:
        """Listen and answer."""
        while True:
            try:
                server = await asyncio.start_server(self._accept, self.host, self.port, limit=HEAD_BYTES)
            except OSError as error:
                self._set_alarm(stands=True, detail=f"{self.host}:{self.port}: {error}")
                await asyncio.sleep(RETRY_S)
                continue
            self._set_alarm(stands=False)
            self.bound_port = server.sockets[0].getsockname()[1]
            _log.info("page.open", host=self.host, port=self.bound_port)
            self.listening.set()
            try:
                await server.serve_forever()
            finally:
                server.close()
                await self._see_off()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one visitor beside the others, or none if there are too many."""
        if len(self._served) >= MOST_AT_ONCE:
            self.health.counters["page.crowded"] += 1
            writer.close()
            return
        task = asyncio.create_task(self._serve(reader, writer), name="page-visitor")
        self._served.add(task)
        task.add_done_callback(self._served.discard)

    async def _see_off(self) -> None:
        """End every visit: nobody is waited for."""
        for task in self._served:
            task.cancel()
        await asyncio.gather(*self._served, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(REQUEST_S):
                writer.write(await self._answer(reader, writer))
                writer.close()
                await writer.wait_closed()
        except (OSError, TimeoutError):
            self.health.counters["page.broken_off"] += 1
        finally:
            writer.transport.abort()  # who does not read what was said is not waited for

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        try:
            request = await read_request(reader)
        except BadRequestError as error:
            self.health.counters["page.bad_request"] += 1
            return Answer(status=error.status).encode()
        try:
            peer = str(writer.get_extra_info("peername")[0])
            answer = self.desk.answer(request, peer=peer)
        except Exception:  # noqa: BLE001 - a mistake of ours is logged whole and shown to nobody
            self.health.counters["page.failed"] += 1
            _log.exception("page.failed", path=request.path)
            answer = Answer(status=HTTPStatus.INTERNAL_SERVER_ERROR)
        return answer.encode(with_body=request.method != "HEAD")

    def _set_alarm(self, *, stands: bool, detail: str = "") -> None:
        self.health.alarms.set(AlarmKey.PAGE_FAILED, stands=stands, t_ms=self.wall_ms(), detail=detail)
