"""Where something holds without a break for long enough: found in columns, without looking at each value."""

from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from cloud.rehearsal.columns import Flags

__all__ = ["Lasting", "Runs"]


class Lasting(NamedTuple):
    """The place of the first value of a run, and of the one with which it has lasted long enough."""

    first: int
    reached: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Runs:
    """The unbroken runs of some condition over values at `t_ms` that last `lasting_ms` or longer.

    `first` and `last` are the places of each run's first and last value. `open_from` is where the run begins
    that reaches the end, however short; the end if there is none.
    """

    t_ms: NDArray[np.int64]
    first: NDArray[np.intp]
    last: NDArray[np.intp]
    lasting_ms: int
    open_from: int

    @classmethod
    def of(cls, t_ms: NDArray[np.int64], holds: Flags, *, longest_gap_ms: int, lasting_ms: int) -> Self:
        """Find the runs of where `holds` is true; values further apart than `longest_gap_ms` part one."""
        goes_on = holds[1:] & holds[:-1] & (np.diff(t_ms) <= longest_gap_ms)
        is_first, is_last = holds.copy(), holds.copy()
        is_first[1:] &= ~goes_on
        is_last[:-1] &= ~goes_on
        first, last = np.flatnonzero(is_first), np.flatnonzero(is_last)
        is_long = t_ms[last] - t_ms[first] >= lasting_ms
        is_open = len(last) > 0 and last[-1] == len(t_ms) - 1
        return cls(
            t_ms=t_ms,
            first=first[is_long],
            last=last[is_long],
            lasting_ms=lasting_ms,
            open_from=int(first[-1]) if is_open else len(t_ms),
        )

    def next_from(self, at: int) -> Lasting | None:
        """Return the next run counted from place `at` on: of one that is under way there, only the rest."""
        for run in range(int(np.searchsorted(self.last, at)), len(self.last)):
            first = max(int(self.first[run]), at)
            reached = int(np.searchsorted(self.t_ms, self.t_ms[first] + self.lasting_ms))
            if reached <= self.last[run]:
                return Lasting(first, reached)
        return None
