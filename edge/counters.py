"""What the gateway counts: events by name, and how long the model takes."""

from collections import Counter, deque
from statistics import median
from typing import Final

__all__ = ["Counters", "Timings"]

_KEPT: Final = 256

Counters = Counter[str]
"""How often each thing happened since the gateway started, by event name."""


class Timings:
    """How often something ran, and how long it took of late."""

    def __init__(self) -> None:
        self.count = 0
        self._recent_us: deque[float] = deque(maxlen=_KEPT)

    def record(self, duration_ns: int) -> None:
        """Take note of one run."""
        self.count += 1
        self._recent_us.append(duration_ns / 1000)

    @property
    def p50_us(self) -> float | None:
        """The middle of the last runs; `None` before the first."""
        return median(self._recent_us) if self._recent_us else None
