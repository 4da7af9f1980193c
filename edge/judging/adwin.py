"""When the mean of a stream has changed: ADWIN (Bifet and Gavalda, SIAM SDM 2007), in logarithmic memory.

The window grows while its parts look alike and drops its older part as soon as two parts differ by more than
chance allows. Values are kept as sums of 1, 2, 4, ... of them, so a year of windows is a few dozen numbers.
"""

from collections import deque
from dataclasses import dataclass
from math import log, sqrt
from typing import Final

__all__ = ["Adwin"]

_PER_ROW: Final = 5
_MOST_ROWS: Final = 24
"""Beyond 5 x 2^24 values the oldest are forgotten: over two years of one each five seconds."""
_CHECK_EVERY: Final = 32
_FEWEST: Final = 64
"""No part smaller than this is held against the rest."""


@dataclass(frozen=True, slots=True)
class _Bucket:
    """The sum and the sum of squares about nothing of 2^row values."""

    total: float
    squares: float


class Adwin:
    """Takes values from 0 to 1; `delta` is how likely it is, at most, to see a change where there is none."""

    def __init__(self, *, delta: float = 1e-3) -> None:
        self._delta = delta
        self._rows: list[deque[_Bucket]] = [deque()]
        self._since_check = 0
        self.changes = 0

    @property
    def width(self) -> int:
        """How many values the window holds."""
        return sum(len(row) << power for power, row in enumerate(self._rows))

    @property
    def buckets(self) -> int:
        """How many numbers that takes."""
        return sum(len(row) for row in self._rows)

    @property
    def mean(self) -> float:
        """The mean of the window; 0 while it is empty."""
        return sum(bucket.total for row in self._rows for bucket in row) / max(self.width, 1)

    def push(self, value: float) -> bool:
        """Take the next value; tell whether the mean has changed, and forget what was before if so."""
        self._rows[0].appendleft(_Bucket(value, value * value))
        self._compress()
        self._since_check += 1
        if self._since_check < _CHECK_EVERY:
            return False
        self._since_check = 0
        changed = False
        while self._is_split():
            self._drop_oldest()
            changed = True
        self.changes += changed
        return changed

    def _compress(self) -> None:
        for power, row in enumerate(self._rows):
            if len(row) <= _PER_ROW:
                return
            older, old = row.pop(), row.pop()
            if power + 1 == _MOST_ROWS:
                return
            if power + 1 == len(self._rows):
                self._rows.append(deque())
            merged = _Bucket(older.total + old.total, older.squares + old.squares)
            self._rows[power + 1].appendleft(merged)

    def _drop_oldest(self) -> None:
        self._rows[-1].pop()
        while len(self._rows) > 1 and not self._rows[-1]:
            self._rows.pop()

    def _is_split(self) -> bool:
        """Whether some older and newer part have means further apart than chance allows (eq. 3.1 there)."""
        width, total = self.width, sum(bucket.total for row in self._rows for bucket in row)
        squares = sum(bucket.squares for row in self._rows for bucket in row)
        variance = max(0.0, squares / max(width, 1) - (total / max(width, 1)) ** 2)
        older, older_total = 0, 0.0
        for power in reversed(range(len(self._rows))):
            for bucket in reversed(self._rows[power]):
                older, older_total = older + (1 << power), older_total + bucket.total
                newer = width - older
                if newer < _FEWEST:
                    return False
                if older >= _FEWEST and self._differ(
                    older, older_total, newer, total - older_total, variance
                ):
                    return True
        return False

    def _differ(
        self, older: int, older_total: float, newer: int, newer_total: float, variance: float
    ) -> bool:
        confidence = log(2.0 * log(max(older + newer, 3)) / self._delta)
        inverse = 1.0 / older + 1.0 / newer
        allowed = sqrt(2.0 * inverse * variance * confidence) + 2.0 / 3.0 * inverse * confidence
        return abs(older_total / older - newer_total / newer) > allowed
