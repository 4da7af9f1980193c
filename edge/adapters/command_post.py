"""Commands on their way from the broker to the desk: one at a time, off the event loop, in order."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

import structlog

from edge.counters import Counters
from edge.remote.commands import CommandDesk
from edge.sending.uplink import CommandArrived
from vitals.errors import StorageError

__all__ = ["CommandPost"]

_log = structlog.get_logger()

MOST_WAITING: Final = 64
"""Commands held while one is done; what comes beyond is dropped, for the cloud asks until it is answered."""


class CommandPost:
    """Runs for as long as the gateway does; may be cancelled at any time."""

    def __init__(
        self, desk: CommandDesk, *, counters: Counters, after_each: Callable[[], None] = lambda: None
    ) -> None:
        """`after_each` is called on the event loop once a command's records are in the outbox."""
        self._desk = desk
        self._counters = counters
        self._after_each = after_each
        self._waiting: deque[CommandArrived] = deque()
        self._wake = asyncio.Event()

    def offer(self, arrived: CommandArrived) -> None:
        """Take a command as it came, on the event loop."""
        if len(self._waiting) >= MOST_WAITING:
            self._counters["command.dropped"] += 1
            return
        self._waiting.append(arrived)
        self._wake.set()

    async def run(self) -> None:
        """Hand commands to the desk until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                await self._hand_over(self._waiting.popleft())

    async def _hand_over(self, arrived: CommandArrived) -> None:
        try:
            await asyncio.to_thread(self._desk.take, arrived.payload, arrived.content_type)
        except StorageError as error:
            self._counters["command.not_noted"] += 1
            _log.error("command.not_noted", error=str(error))
        except Exception:  # noqa: BLE001 - whatever one command meets, the next is heard
            self._counters["command.fault"] += 1
            _log.exception("command.fault")
        self._after_each()
