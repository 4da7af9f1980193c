"""How often something may be done: a bucket of permits for each of many keys, in bounded memory.

The bucket is kept as one number (the generic cell rate algorithm): the moment at which it will be full
again. A bucket that is full needs no keeping.

>>> pace = Pace(allowance=Allowance(at_once=5, each_s=60.0), monotonic_s=clock.monotonic_s)
>>> wait_s = pace.take("u-lin")  # 0.0: done, a permit is gone; otherwise how long until there is one
"""

import heapq
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Final

__all__ = ["MOST_KEYS", "Allowance", "Pace"]

MOST_KEYS: Final = 20_000
"""How many keys that have used something of theirs are remembered: about 2 MB."""
_FORGOTTEN_SHARE: Final = 4
_ROUNDING_S: Final = 1e-9
"""Sums of seconds are floating point: less than this is no waiting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """So many at once, and after that one more each `each_s` seconds."""

    at_once: int
    each_s: float

    @property
    def whole_s(self) -> float:
        """How long a bucket that is empty takes to fill."""
        return self.at_once * self.each_s


@dataclass(slots=True, kw_only=True)
class Pace:
    """One allowance for each key; may be asked from any thread.

    Full of keys, it forgets those that have used least of theirs: whoever makes up keys to be forgotten
    himself is the last who is.
    """

    allowance: Allowance
    monotonic_s: Callable[[], float]
    most_keys: int = MOST_KEYS
    _full_again_s: dict[Hashable, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, key: Hashable, permits: int = 1) -> float:
        """Use up `permits` and return 0.0; or leave all as it is and return how many seconds to wait.

        More than the whole bucket is asked for as the whole bucket is: an answer of "never" would be a wall.
        """
        needed_s = min(permits, self.allowance.at_once) * self.allowance.each_s
        with self._lock:
            now_s = self.monotonic_s()
            full_again_s = max(self._full_again_s.get(key, now_s), now_s) + needed_s
            wait_s = full_again_s - now_s - self.allowance.whole_s
            if wait_s > _ROUNDING_S:
                return wait_s
            self._full_again_s[key] = full_again_s
            if len(self._full_again_s) > self.most_keys:
                self._forget(now_s)
        return 0.0

    def wait_s(self, key: Hashable) -> float:
        """Return how many seconds until a permit can be had; nothing is used up."""
        with self._lock:
            now_s = self.monotonic_s()
            full_again_s = max(self._full_again_s.get(key, now_s), now_s) + self.allowance.each_s
        wait_s = full_again_s - now_s - self.allowance.whole_s
        return wait_s if wait_s > _ROUNDING_S else 0.0

    def forgive(self, key: Hashable) -> None:
        """Give a key its whole allowance back."""
        with self._lock:
            self._full_again_s.pop(key, None)

    def __len__(self) -> int:
        """How many keys are remembered."""
        return len(self._full_again_s)

    def _forget(self, now_s: float) -> None:
        """Drop what is full again; if that is too little, those who have used least."""
        for key in [key for key, full_s in self._full_again_s.items() if full_s <= now_s]:
            del self._full_again_s[key]
        if len(self._full_again_s) > self.most_keys:
            least = heapq.nsmallest(
                max(1, self.most_keys // _FORGOTTEN_SHARE),
                self._full_again_s,
                key=self._full_again_s.__getitem__,
            )
            for key in least:
                del self._full_again_s[key]
