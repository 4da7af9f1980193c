"""Questions to a control point: one is written, and the indication that answers it is waited for."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from edge.adapters.ble.link import BleLink
from vitals.errors import DecodeError

__all__ = ["Exchange"]

_T = TypeVar("_T")


class Exchange:
    """One control point of one link; it is subscribed to before anything is written to it."""

    def __init__(self, link: BleLink, uuid: str, *, limit_s: float) -> None:
        self.uuid = uuid
        self._link = link
        self._limit_s = limit_s
        self._answers: asyncio.Queue[bytes] = asyncio.Queue(maxsize=16)

    def on_value(self, value: bytes) -> None:
        """Take an indication."""
        with suppress(asyncio.QueueFull):  # nobody asked sixteen times: a wearable gone wild
            self._answers.put_nowait(value)

    async def ask(
        self,
        request: bytes,
        answer: Callable[[bytes], _T | None],
        *,
        still_alive: Callable[[], float] | None = None,
    ) -> _T:
        """Write a request; return the first indication that `answer` makes something of.

        What `answer` cannot decode is passed over. `still_alive` tells when, by the loop's clock, something
        else last showed that the wearable is at work: the wait then counts from there.

        Raises
        ------
        TimeoutError
            No answer came.
        BleakError, OSError, EOFError
            The radio failed.
        """
        while not self._answers.empty():
            self._answers.get_nowait()  # an answer to nothing that was asked
        await self._link.write(self.uuid, request)
        loop = asyncio.get_running_loop()
        asked_s = loop.time()
        while True:
            since_s = max(asked_s, still_alive() if still_alive else asked_s)
            patience_s = since_s + self._limit_s - loop.time()
            if patience_s <= 0:
                raise TimeoutError(f"{self.uuid[4:8]} did not answer {request.hex()} in {self._limit_s:g} s")
            try:
                async with asyncio.timeout(patience_s):
                    value = await self._answers.get()
            except TimeoutError:
                continue
            with suppress(DecodeError):
                if (found := answer(value)) is not None:
                    return found
