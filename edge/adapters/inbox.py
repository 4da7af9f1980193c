"""Between radio callbacks and the pipeline: a bounded queue that says what it drops.

A callback only puts; nothing waits in it. When the queue is full the oldest ECG notification gives
way, and the stream's own sequence then shows the pipeline what is missing, which it states as a gap.
"""

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Final

from edge.clock import Stamp
from edge.counters import Counters
from vitals.gatt import uuids
from vitals.records import LinkState

__all__ = ["Inbox", "LinkChange", "Notification"]

CAPACITY: Final = 4096
"""At two frames and one heart rate a second: more than twenty minutes of one strap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """A characteristic's value, as notified or read, and when it arrived."""

    device: str
    uuid: str
    value: bytes
    received: Stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkChange:
    """A wearable came, went or fell silent."""

    device: str
    link: LinkState
    received: Stamp
    reason: str | None = None


Item = Notification | LinkChange


class Inbox:
    """Items in the order they came; one task takes, callbacks of the same event loop put."""

    def __init__(self, *, counters: Counters, capacity: int = CAPACITY) -> None:
        self._counters = counters
        self._capacity = capacity
        self._items: deque[Item] = deque()
        self._waiting = asyncio.Event()

    def put(self, item: Item) -> None:
        """Add an item, at the cost of an older one if there is no room."""
        if len(self._items) >= self._capacity:
            self._give_way()
        self._items.append(item)
        self._waiting.set()

    async def wait(self) -> None:
        """Return once there is something to take."""
        await self._waiting.wait()

    def take_all(self) -> list[Item]:
        """Return what has gathered, perhaps nothing, oldest first."""
        items = list(self._items)
        self._items.clear()
        self._waiting.clear()
        return items

    def _give_way(self) -> None:
        """Drop the oldest ECG notification, or the oldest of all; a change of link is never dropped."""
        droppable = [at for at, item in enumerate(self._items) if isinstance(item, Notification)]
        if not droppable:
            return
        at = next((at for at in droppable if _is_ecg(self._items[at])), droppable[0])
        del self._items[at]
        self._counters["inbox.dropped"] += 1


def _is_ecg(item: Item) -> bool:
    return isinstance(item, Notification) and item.uuid == uuids.SIGNAL_DATA
