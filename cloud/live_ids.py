"""Ids of a stream's own: from one to the next, nobody counts what happens to patients who are not theirs.

A hub numbers what happens to everybody. What a stream sends is numbered from 1, under a name that the stream
alone has; which number of the hub's each stands for is remembered for a while, for a page that comes back.
"""

import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

__all__ = ["MOST_STREAMS", "StreamIds", "StreamName"]

IDS_A_STREAM: Final = 60
"""How many of a stream's last ids are remembered; a page that comes back with an earlier one reloads."""
MOST_STREAMS: Final = 2_000
_NAME_BYTES: Final = 12


@dataclass(slots=True, eq=False)
class StreamName:
    """One stream: what it is called in its ids, how many it has sent, and what the last ones stand for."""

    name: str
    sent: int = 0
    numbers: deque[int] = field(default_factory=lambda: deque(maxlen=IDS_A_STREAM))


@dataclass(slots=True)
class StreamIds:
    """Gives ids out, and knows them again. Any thread may call."""

    randomness: Callable[[int], bytes]
    _streams: "OrderedDict[str, StreamName]" = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> StreamName:
        """Return a new stream's name."""
        return StreamName(name=self.randomness(_NAME_BYTES).hex())

    def next(self, stream: StreamName, number: int) -> str:
        """Return the next id of a stream, which stands for the hub's `number`."""
        with self._lock:
            stream.sent += 1
            stream.numbers.append(number)
            self._streams[stream.name] = stream
            self._streams.move_to_end(stream.name)
            while len(self._streams) > MOST_STREAMS:
                self._streams.popitem(last=False)
            return f"{stream.name}-{stream.sent}"

    def number(self, given: str) -> int | None:
        """Return what an id stands for; None if it is none, or was forgotten."""
        name, _, sent = given.rpartition("-")
        with self._lock:
            stream = self._streams.get(name)
            if stream is None or not (sent.isascii() and sent.isdecimal() and len(sent) <= _MOST_DIGITS):
                return None
            place = int(sent) - (stream.sent - len(stream.numbers)) - 1
            return stream.numbers[place] if 0 <= place < len(stream.numbers) else None


_MOST_DIGITS: Final = 18
