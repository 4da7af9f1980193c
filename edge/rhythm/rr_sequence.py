"""The intervals between one wearer's beats, over all notifications; what is missing is unknown."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from math import nan
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Interval", "RrSequence"]

_SLACK_S: Final = 2.5
"""A wearable tells once a second of the beats since it last did: so much later is later than that."""
_USUAL_MS: Final = 800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """How long it was, and when the beat that ends it was: by the clock that never jumps, and by the wall."""

    rr_ms: float
    end_s: float
    end_ms: int

    @property
    def begin_s(self) -> float:
        """When the beat that begins it was."""
        return self.end_s - self.rr_ms / 1000.0


class RrSequence:
    """Holds the last `length` intervals; lost beats are as many unknown ones as there was time for."""

    def __init__(self, *, length: int) -> None:
        self._length = length
        self._last: deque[Interval] = deque(maxlen=length)
        self._is_broken = False
        self.taken = 0
        """How many intervals were ever told."""

    def __len__(self) -> int:
        return len(self._last)

    def __getitem__(self, place: int) -> Interval:
        return self._last[place]

    def take(self, told: Iterable[Interval]) -> None:
        """Take the intervals of one notification, oldest first."""
        for place, interval in enumerate(told):
            if place == 0 and self._last:
                self._fill_up_to(interval)
            self._last.append(interval)
            self.taken += 1

    def break_off(self) -> None:
        """Take note that the next interval does not follow the last one."""
        self._is_broken = True

    def rr_ms(self) -> NDArray[np.float64]:
        """Return ``(length,)`` intervals in ms, NaN for what is unknown and before the first."""
        known = [interval.rr_ms for interval in self._last]
        return np.array([nan] * (self._length - len(known)) + known)

    def _fill_up_to(self, interval: Interval) -> None:
        """Put unknown intervals where notifications are missing, as many as beats may have been."""
        last = self._last[-1]
        lacking_s = interval.begin_s - last.end_s
        if lacking_s > _SLACK_S or self._is_broken:
            beats = round(1000.0 * max(0.0, lacking_s) / self._typical_ms())
            unknown = Interval(rr_ms=nan, end_s=last.end_s, end_ms=last.end_ms)
            self._last.extend([unknown] * min(max(1, beats), self._length))
        self._is_broken = False

    def _typical_ms(self) -> float:
        recent = [interval.rr_ms for interval in list(self._last)[-9:] if interval.rr_ms > 0]
        return max(float(np.median(recent)), 1.0) if recent else _USUAL_MS
