"""Between radio callbacks and the pipeline: a bounded queue that says what it drops.

A callback only puts; nothing waits in it. When the queue is full, whoever has most in it gives way: the
oldest frame of its signals, whose own sequence then shows the pipeline what is missing, or else its oldest
value. So one wearable gone wild pushes out nobody but itself.
"""

import asyncio
from collections import Counter, deque
from dataclasses import dataclass, field
from itertools import count
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
    """A wearable came, went or fell silent; `rssi_dbm` is how well it was heard before it was connected."""

    device: str
    link: LinkState
    received: Stamp
    reason: str | None = None
    rssi_dbm: int | None = None


Item = Notification | LinkChange


@dataclass(slots=True)
class _Share:
    """What one device has in the queue and may lose, by number, the oldest first."""

    signals: deque[int] = field(default_factory=deque)
    values: deque[int] = field(default_factory=deque)

    def __len__(self) -> int:
        return len(self.signals) + len(self.values)

    def oldest(self) -> int:
        return (self.signals or self.values).popleft()


class Inbox:
    """Items in the order they came; one task takes, callbacks of the same event loop put."""

    def __init__(self, *, counters: Counters, capacity: int = CAPACITY) -> None:
        self._counters = counters
        self._capacity = capacity
        self._items: dict[int, Item] = {}
        self._shares: dict[str, _Share] = {}
        self._numbers = count()
        self._waiting = asyncio.Event()

    def put(self, item: Item) -> None:
        """Add an item, at the cost of an older one if there is no room; a change of link is never dropped."""
        number = next(self._numbers)
        self._items[number] = item
        if isinstance(item, Notification):
            share = self._shares.setdefault(item.device, _Share())
            (share.signals if item.uuid == uuids.SIGNAL_DATA else share.values).append(number)
        if len(self._items) > self._capacity:
            self._give_way()
        self._waiting.set()

    async def wait(self) -> None:
        """Return once there is something to take."""
        await self._waiting.wait()

    def take_all(self) -> list[Item]:
        """Return what has gathered, perhaps nothing, oldest first."""
        items = list(self._items.values())
        self._items.clear()
        self._shares.clear()
        self._waiting.clear()
        return items

    def waiting_by_device(self) -> Counter[str]:
        """Return how many values of each device wait to be taken."""
        return Counter({device: len(share) for device, share in self._shares.items()})

    def _give_way(self) -> None:
        most = max(self._shares.values(), key=len, default=None)
        if most:
            del self._items[most.oldest()]
            self._counters["inbox.dropped"] += 1
