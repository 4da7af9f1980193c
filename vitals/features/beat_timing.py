"""When a beat comes: its intervals against those just before it and against the patient's usual ones."""

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["LONGEST_INTERVAL_S", "Timing", "TimingHistory"]

_LONG: Final = 256
_MIDDLE: Final = 32
_LOCAL: Final = 8
LONGEST_INTERVAL_S: Final = 3.0
"""A longer interval counts as one of this length: a pause, not a heart rate."""
_SHORTEST_S: Final = 0.2
_UNKNOWN_RR_S: Final = 0.8
_LEAP: Final = 0.85
_BACK: Final = 0.9
_PAUSE: Final = 1.2
_EARLY: Final = 0.88
"""A beat that comes after less than this share of the local median is premature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Intervals in s about a beat, and the medians they are held against."""

    before_s: float
    earlier_s: tuple[float, ...]
    """Up to eight intervals that end before ``before_s`` begins, oldest first."""
    after_s: float
    next_s: float
    local_s: float
    middle_s: float
    usual_s: float
    slow_s: float
    """What four of five of the long-run intervals do not reach: the sinus interval where half are early."""
    irregularity: float
    usual_irregularity: float
    early_share: float
    anchor_s: float
    """The interval before the fast run that the beat is in began; its own where it is in none."""
    run_beats: int
    """How many beats ago that run began."""

    @property
    def is_timely(self) -> bool:
        """Whether it came neither early nor within a fast run."""
        return self.before_s >= _EARLY * self.local_s and self.before_s >= 0.8 * self.usual_s


class TimingHistory:
    """The intervals of one patient; they outlive gaps of the signal."""

    def __init__(self) -> None:
        self._intervals_s: deque[float] = deque(maxlen=_LONG)
        self._steps: deque[float] = deque(maxlen=_LONG)
        self._anchor_s: float | None = None
        self._run_beats = 0

    @property
    def beats_known(self) -> int:
        """How many intervals the medians stand on, 256 at most."""
        return len(self._intervals_s)

    def take(self, before_s: float | None, after_s: float, next_s: float) -> Timing:
        """Return the timing of the next beat; ``before_s`` is ``None`` for the first after a gap."""
        known = list(self._intervals_s)
        local_s = _median(known[-_LOCAL:], _UNKNOWN_RR_S)
        before = local_s if before_s is None else min(max(before_s, _SHORTEST_S), LONGEST_INTERVAL_S)
        if before_s is not None:
            if known:
                self._steps.append(abs(before - known[-1]))
            self._intervals_s.append(before)
        self._follow_run(before, local_s if known else before)
        intervals = np.array(known or [before])
        steps = list(self._steps)
        usual_s = _median(known, before)
        return Timing(
            before_s=before,
            earlier_s=tuple(known[-_LOCAL:]),
            after_s=min(max(after_s, _SHORTEST_S), LONGEST_INTERVAL_S),
            next_s=min(max(next_s, _SHORTEST_S), LONGEST_INTERVAL_S),
            local_s=local_s if known else before,
            middle_s=_median(known[-_MIDDLE:], before),
            usual_s=usual_s,
            slow_s=_upper_fifth(intervals),
            irregularity=_median(steps[-2 * _LOCAL :], 0.0) / usual_s,
            usual_irregularity=_median(steps, 0.0) / usual_s,
            early_share=float(np.mean(intervals[-_MIDDLE:] < _EARLY * usual_s)),
            anchor_s=self._anchor_s or before,
            run_beats=self._run_beats,
        )

    def _follow_run(self, before_s: float, local_s: float) -> None:
        """Tell a fast run by the leap it begins with; it ends with that interval, or with a pause."""
        if self._anchor_s is None:
            if before_s < _LEAP * local_s:
                self._anchor_s, self._run_beats = local_s, 1
        elif before_s > min(_BACK * self._anchor_s, _PAUSE * local_s):
            self._anchor_s, self._run_beats = None, 0
        else:
            self._run_beats += 1


def _median(values: list[float], otherwise: float) -> float:
    """Upper median: cheaper than numpy's for so few."""
    return sorted(values)[len(values) // 2] if values else otherwise


def _upper_fifth(intervals: NDArray[np.float64]) -> float:
    place = int(0.8 * (len(intervals) - 1))
    return float(np.partition(intervals, place)[place])
