"""Sets of sequence numbers as sorted, disjoint, inclusive ranges that never touch."""

from bisect import bisect_right
from collections.abc import Iterable
from operator import itemgetter

Range = tuple[int, int]
Ranges = tuple[Range, ...]


def ranges_of(numbers: Iterable[int]) -> Ranges:
    """Return the ranges that hold exactly `numbers`."""
    ordered = sorted(set(numbers))
    if ordered and ordered[-1] - ordered[0] == len(ordered) - 1:  # a batch without a hole, as most are
        return ((ordered[0], ordered[-1]),)
    return union((number, number) for number in ordered)


def union(ranges: Iterable[Range]) -> Ranges:
    """Return the ranges that hold whatever any of `ranges` holds."""
    merged: list[Range] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return tuple(merged)


def subtract(ranges: Ranges, holes: Ranges) -> Ranges:
    """Return what `ranges` hold and `holes` do not; both as `union` returns them."""
    left: list[Range] = []
    at = 0
    for first, last in ranges:
        start = first
        while at < len(holes) and holes[at][0] <= last:
            hole_first, hole_last = holes[at]
            if hole_first > start:
                left.append((start, hole_first - 1))
            start = max(start, hole_last + 1)
            if hole_last > last:
                break
            at += 1
        if start <= last:
            left.append((start, last))
    return tuple(left)


def size(ranges: Ranges) -> int:
    """Return how many numbers `ranges` hold."""
    return sum(last - first + 1 for first, last in ranges)


def holds(ranges: Ranges, number: int) -> bool:
    """Tell whether `number` is in `ranges`."""
    after = bisect_right(ranges, number, key=itemgetter(0))
    return after > 0 and number <= ranges[after - 1][1]
