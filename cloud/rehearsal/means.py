"""Minutes as values: each its mean, and of slices in which nothing is beyond anything, one mean together."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cloud.alerts.rules.combination import CombinationRule, Sign, leaves_of
from cloud.alerts.rules.rows import CourseRule, LimitRule, Rule
from cloud.ports import Rollups
from cloud.rehearsal.columns import Columns, Flags, flags, rounded
from cloud.rehearsal.history import MINUTE_MS

__all__ = ["SLICE_MS", "means_of"]

SLICE_MS: Final = 5 * MINUTE_MS
"""How much is judged at once: the newest value of a score is a median of so long."""


def means_of(minutes: Rollups, kind: str, rows: Iterable[Rule]) -> Columns:
    """Return the means of a kind's minutes, dated to their middle, as far as rows have to see each of them.

    A row that reads the course of a kind sees them all. Others see one mean of every slice in which no value,
    be it the lowest or highest of a minute, is beyond a limit or sign of theirs.
    """
    readers = [row for row in rows if not isinstance(row, CourseRule) or row.kind == kind]
    t_ms = minutes.from_ms + MINUTE_MS // 2
    every = Columns(t_ms=t_ms, value=minutes.mean)
    if any(isinstance(row, CourseRule) for row in readers) or not len(every):
        return every
    places = t_ms // SLICE_MS
    is_calm = ~np.isin(places, places[_is_beyond(minutes, kind, readers)])
    calm = _together(every[is_calm], minutes.count[is_calm])
    joined = every[~is_calm].then(calm)
    order = np.argsort(joined.t_ms)
    return Columns(t_ms=joined.t_ms[order], value=joined.value[order])


def _is_beyond(minutes: Rollups, kind: str, rows: Iterable[Rule]) -> Flags:
    """Tell of each minute whether any value in it is beyond anything."""
    lowest, highest = rounded(kind, minutes.minimum), rounded(kind, minutes.maximum)
    beyond = np.zeros(len(lowest), np.bool_)
    for tells in _limits(kind, rows):
        beyond |= flags(tells, lowest) | flags(tells, highest)
    return beyond


def _limits(kind: str, rows: Iterable[Rule]) -> Iterator[Callable[[float], bool]]:
    for row in rows:
        if isinstance(row, LimitRule) and row.kind == kind:
            yield row.is_beyond
        elif isinstance(row, CombinationRule):
            signs = (leaf for leaf in leaves_of(row.formula) if isinstance(leaf, Sign))
            yield from (sign.is_beyond for sign in signs if sign.kind == kind)


def _together(means: Columns, count: NDArray[np.int64]) -> Columns:
    """Return the mean of each slice, dated to its last minute."""
    _, first, slice_of = np.unique(means.t_ms // SLICE_MS, return_index=True, return_inverse=True)
    last = np.append(first, len(means))[1:] - 1
    value = np.bincount(slice_of, weights=means.value * count) / np.bincount(slice_of, weights=count)
    return Columns(t_ms=means.t_ms[last], value=value)
