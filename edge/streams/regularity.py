"""Values that never came, among those that come at a steady pace and carry neither number nor time.

A late value is made up for by the next; a lost one never is. So a pause is only suspected at first, and
becomes a lapse once so many values are still owed after a while.
"""

from collections import deque
from dataclasses import dataclass, field
from math import floor
from statistics import median
from typing import Final

__all__ = ["Lapse", "Regularity"]

_PAUSE: Final = 1.5
_MADE_UP: Final = 0.5
_SLACK: Final = 0.25
"""In periods: a longer pause is suspected; less is owed no more; so uneven a pace may be."""
_PATIENCE: Final = 5
_LONGEST: Final = 60
"""In periods: how long a late value is waited for, and a suspicion kept at all."""
_LEARN: Final = 15
_FEW: Final = 2
"""After how many intervals a pace slower than the usual is believed, and how many of them may be shorter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapse:
    """So many values are missing between two moments of the clock that never jumps."""

    from_s: float
    to_s: float
    missed: int


@dataclass(slots=True, kw_only=True)
class _Suspicion:
    """Since a pause began at `from_s`: what came, and when the last pause ended."""

    from_s: float
    to_s: float
    came_s: list[float] = field(default_factory=list)

    def owed(self, period_s: float) -> float:
        """Return how many values are owed: the least since the last pause, for none comes early."""
        return min(
            (at_s - self.from_s) / period_s - count
            for count, at_s in enumerate(self.came_s, 1)
            if at_s >= self.to_s
        )


class Regularity:
    """Watches arrivals of one source that tells about every `period_s`; a slower pace is learned."""

    def __init__(self, *, period_s: float) -> None:
        self._usual_s = period_s
        self._intervals_s: deque[float] = deque(maxlen=_LEARN)
        self._last_s: float | None = None
        self._suspicion: _Suspicion | None = None

    @property
    def sure_until_s(self) -> float | None:
        """Until when nothing is suspected to be missing; `None`: until now."""
        return self._suspicion.from_s if self._suspicion else None

    def observe(self, at_s: float) -> Lapse | None:
        """Take note of an arrival; return what is now known never to have come before it."""
        last_s, self._last_s = self._last_s, at_s
        if last_s is None:
            return None
        self._intervals_s.append(at_s - last_s)
        self._suspect(last_s, at_s)
        return self._concluded(at_s)

    def end(self) -> Lapse | None:
        """Forget the last arrival, as when the link is gone; return what is suspected to be missing."""
        suspicion, self._suspicion, self._last_s = self._suspicion, None, None
        return self._lapse(suspicion) if suspicion else None

    def _period_s(self) -> float:
        """Return the usual pace, or a slower one if all but few intervals are so: loss is no pace."""
        seen_s = sorted(self._intervals_s)
        if len(seen_s) < _LEARN or seen_s[_FEW] <= _PAUSE * self._usual_s:
            return self._usual_s
        return median(seen_s)

    def _suspect(self, last_s: float, at_s: float) -> None:
        """Begin to suspect, or let what is suspected reach on to here and be waited for anew."""
        if at_s - last_s > _PAUSE * self._period_s():
            self._suspicion = self._suspicion or _Suspicion(from_s=last_s, to_s=at_s)
            self._suspicion.to_s = at_s
        if self._suspicion is not None:
            self._suspicion.came_s.append(at_s)

    def _concluded(self, at_s: float) -> Lapse | None:
        suspicion, period_s = self._suspicion, self._period_s()
        if suspicion is None:
            return None
        if suspicion.owed(period_s) < _MADE_UP:
            self._suspicion = None
            return None
        was_patient = (
            at_s - suspicion.to_s >= _PATIENCE * period_s or at_s - suspicion.from_s >= _LONGEST * period_s
        )
        if not was_patient or len(self._intervals_s) < _LEARN:
            return None
        self._suspicion = None
        return self._lapse(suspicion)

    def _lapse(self, suspicion: _Suspicion) -> Lapse | None:
        missed = floor(suspicion.owed(self._period_s()) + _SLACK)
        if missed < 1:
            return None
        return Lapse(from_s=suspicion.from_s, to_s=suspicion.to_s, missed=missed)
