"""Deliveries between the network and the store: bounded, so that a slow store costs no memory.

Overflow policy: what does not fit is refused. It stays unacknowledged at the broker, which
brings it again on the next connection.
"""

import threading
from collections import deque

from cloud.ports import Delivery


class Inbox:
    """The BatchSource of one process: bounded in messages and bytes, drained by one thread."""

    def __init__(self, *, max_messages: int = 400, max_bytes: int = 32_000_000) -> None:
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._waiting: deque[Delivery] = deque()
        self._bytes = 0
        self._changed = threading.Condition()

    def offer(self, delivery: Delivery) -> bool:
        """Take `delivery` in if there is room; never blocks."""
        with self._changed:
            full = len(self._waiting) >= self._max_messages
            if full or self._bytes + len(delivery.payload) > self._max_bytes:
                return False
            self._waiting.append(delivery)
            self._bytes += len(delivery.payload)
            self._changed.notify()
            return True

    def take(self, *, max_messages: int, max_bytes: int, wait_s: float) -> list[Delivery]:
        """Return what waits, oldest first and at least one if any, or nothing after `wait_s`."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._waiting), wait_s)
            taken: list[Delivery] = []
            size = 0
            while self._waiting and len(taken) < max_messages:
                size += len(self._waiting[0].payload)
                if taken and size > max_bytes:
                    break
                taken.append(self._waiting.popleft())
                self._bytes -= len(taken[-1].payload)
            return taken

    def __len__(self) -> int:
        with self._changed:
            return len(self._waiting)
