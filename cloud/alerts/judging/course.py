"""How a quantity goes: a few points of the last while, and the straight line through them.

The line is that of Theil (Proc K Ned Akad Wet 1950;53:386) and Sen (J Am Stat Assoc 1968;63:1379): its slope
is the median of the slopes between all pairs of points, of two the less steep. One point of four
may be anything at all, and 29 in 100 of many.
Samples that come faster than points are wanted become their mean: what a sample costs does not depend on how
many there were.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median
from typing import Final

from cloud.alerts.rules.rows import COURSE_POINTS

__all__ = ["FEWEST_POINTS", "Line", "Point", "add", "line_through"]

FEWEST_POINTS: Final = 4
"""Of three, the newest alone makes any slope."""

Point = tuple[int, float, int]
"""Mean effective time, mean value, and of how many samples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A straight line: where it stands at `t_ms`, and by how much it rises in a millisecond."""

    t_ms: int
    value: float
    per_ms: float

    def change_in(self, span_ms: int) -> float:
        """Return by how much it rises in so long; less than zero where it falls."""
        return self.per_ms * span_ms

    def ahead(self, span_ms: int) -> float:
        """Return where it will stand after so long."""
        return self.value + self.per_ms * span_ms


def add(points: list[Point], t_ms: int, value: float, *, span_ms: int, gap_ms: int) -> bool:
    """Add a sample, let go of what is older than the span, and tell whether it began a new point.

    A sample further from the last than the gap, or before it since a clock was set back, begins anew.
    """
    if not points or not 0 < t_ms - points[-1][0] <= gap_ms:
        points[:] = [(t_ms, value, 1)]
        return True
    last_ms, mean, count = points[-1]
    step_ms = span_ms // COURSE_POINTS
    if t_ms // step_ms == last_ms // step_ms:
        count += 1
        points[-1] = (last_ms + (t_ms - last_ms) // count, mean + (value - mean) / count, count)
        return False
    points.append((t_ms, value, 1))
    while t_ms - points[0][0] > span_ms + step_ms:
        points.pop(0)
    return True


def line_through(points: Sequence[Point], span_ms: int) -> Line | None:
    """Return the line through the points of the last span; None of fewer than four, or of half a span.

    A point is in it if it is a step late: what comes every five minutes does not come to the second.
    """
    if not points:
        return None
    newest_ms, longest_ms = points[-1][0], span_ms + span_ms // COURSE_POINTS
    within = [(t_ms - newest_ms, value) for t_ms, value, _ in points if newest_ms - t_ms <= longest_ms]
    if len(within) < FEWEST_POINTS or -within[0][0] < span_ms / 2:
        return None
    slopes = sorted((v1 - v0) / (t1 - t0) for (t0, v0), (t1, v1) in combinations(within, 2))
    per_ms = min(slopes[(len(slopes) - 1) // 2], slopes[len(slopes) // 2], key=abs)
    return Line(t_ms=newest_ms, value=median(v - per_ms * t for t, v in within), per_ms=per_ms)
