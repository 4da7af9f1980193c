"""Which measured value each stored one is, where times tell neighbours apart only roughly.

Both are in the order of their times. Of all ways to set them side by side that keep this order, the one is
taken that leaves the fewest values unexplained, and of those the one that moves them least: the alignment of
Needleman and Wunsch (J Mol Biol 1970;48:443-453), within a band.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from carewire.accounting.samples import Samples

__all__ = ["Tolerance", "aligned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """How far a time may be off, and a value, in the kind's unit."""

    near_ms: float
    resolution: float


def aligned(
    made: Samples, stored: Samples, is_excused: NDArray[np.bool_], tolerance: Tolerance
) -> NDArray[np.intp]:
    """Return for each stored value the place of the measured one that it is, or -1.

    A measured value that `is_excused` may be left out at no cost.
    """
    skipped = np.concatenate([[0.0], np.cumsum(np.where(is_excused, 0.0, _UNEXPLAINED))])
    rows = [_Row(first=0, cost=skipped[:1])]
    for t_ms, value in zip(stored.t_ms, stored.value, strict=True):
        rows.append(_next_row(rows[-1], made, (float(t_ms), float(value)), skipped, tolerance))
    return _traced(rows, len(stored))


_UNEXPLAINED: Final = 1e9
"""More than all the milliseconds that values can ever be moved."""
_MATCH, _SKIP_MADE, _SKIP_STORED = range(3)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """The least cost of explaining so many stored values with the first `first + i` measured ones."""

    first: int
    cost: NDArray[np.float64]
    move: list[int] = field(default_factory=list)

    def upto(self, made: int, skipped: NDArray[np.float64]) -> float:
        """Return the cost for the first `made` measured values; those beyond the band are left out."""
        if made < self.first:
            return float("inf")
        last = min(made, self.first + len(self.cost) - 1)
        return float(self.cost[last - self.first] + skipped[made] - skipped[last])


def _next_row(
    before: _Row,
    made: Samples,
    told: tuple[float, float],
    skipped: NDArray[np.float64],
    tolerance: Tolerance,
) -> _Row:
    """Return the row with one more stored value, `told`."""
    t_ms, value = told
    near_ms = tolerance.near_ms
    first, last = np.searchsorted(made.t_ms, (t_ms - near_ms, t_ms + near_ms), side="left").tolist()
    first = max(first, before.first)
    last = max(first, last)
    costs, moves = list[float](), list[int]()
    for place in range(first, last + 1):  # so many measured values are explained
        choices = [float("inf"), float("inf"), before.upto(place, skipped) + _UNEXPLAINED]
        if place > first:
            choices[_SKIP_MADE] = costs[-1] + float(skipped[place] - skipped[place - 1])
            if abs(made.value[place - 1] - value) <= tolerance.resolution:
                away_ms = abs(float(made.t_ms[place - 1]) - t_ms)
                choices[_MATCH] = before.upto(place - 1, skipped) + away_ms
        moves.append(int(np.argmin(choices)))
        costs.append(choices[moves[-1]])
    return _Row(first=first, cost=np.array(costs), move=moves)


def _traced(rows: list[_Row], stored: int) -> NDArray[np.intp]:
    """Go back the way of least cost."""
    found = np.full(stored, -1, dtype=np.intp)
    place = rows[-1].first + len(rows[-1].cost) - 1
    for number in range(stored, 0, -1):
        row = rows[number]
        place = min(place, row.first + len(row.cost) - 1)
        while row.move[place - row.first] == _SKIP_MADE:
            place -= 1
        if row.move[place - row.first] == _MATCH:
            place -= 1
            found[number - 1] = place
    return found
