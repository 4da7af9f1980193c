"""Moves what is not moved yet, compares hour by hour, and moves once more what differs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from cloud.storage.moving.book import MoveBook
from cloud.storage.moving.sides import EVER, PointSide, SeriesName, by_hour, digest
from cloud.storage.points.columns import HOUR_MS, Points

__all__ = ["Difference", "Moved", "move"]

_DAY_MS: Final = 24 * HOUR_MS

Told = Callable[[str, float], None]
"""Is told what is done, and the share of it that is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """An hour that is not the same on both sides, and how many points each holds."""

    name: SeriesName
    hour_ms: int
    source: int
    destination: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What a move came to: series and points compared; hours moved now, and known to be moved before."""

    series: int
    points: int
    hours_now: int
    hours_before: int
    differences: tuple[Difference, ...]


def move(source: PointSide, destination: PointSide, book: MoveBook, told: Told) -> Moved:
    """Move every point; an hour that differs is moved once more, and told if it differs still.

    Raises
    ------
    StorageError
        If a side cannot be read or written; called again, it goes on where it was.
    """
    names = source.series()
    before = sum(len(book.moved(name)) for name in names)
    hours = _move_all(names, source, destination, book, told)
    points, differences = _compare_all(names, source, destination, told)
    if differences:
        for each in differences:
            book.strike(each.name, each.hour_ms)
        hours += _move_all(names, source, destination, book, told)
        points, differences = _compare_all(names, source, destination, told)
    return Moved(
        series=len(names),
        points=points,
        hours_now=hours,
        hours_before=before,
        differences=tuple(differences),
    )


def _move_all(
    names: Sequence[SeriesName], source: PointSide, destination: PointSide, book: MoveBook, told: Told
) -> int:
    """Move the hours that the book does not know with as many points as they hold; return how many."""
    hours = 0
    for place, name in enumerate(names):
        moved = book.moved(name)
        left = [hour_ms for hour_ms, count in source.counts(name).items() if moved.get(hour_ms) != count]
        for share, day in _days(left):
            found = by_hour(source.read(name, day[0], day[-1] + HOUR_MS))
            asked = {hour_ms: found[hour_ms] for hour_ms in day if hour_ms in found}
            destination.write(name, Points.joined(asked.values()))
            book.note(name, {hour_ms: len(points) for hour_ms, points in asked.items()})
            hours += len(asked)
            told("moving", (place + share) / len(names))
    told("moving", 1.0)
    return hours


def _compare_all(
    names: Sequence[SeriesName], source: PointSide, destination: PointSide, told: Told
) -> tuple[int, list[Difference]]:
    """Read both sides back; return how many points the source holds, and the hours that differ."""
    points = 0
    differences: list[Difference] = []
    every = sorted({*names, *destination.series()})
    for place, name in enumerate(every):
        known = source.counts(name)
        points += sum(known.values())
        around = (min(known), max(known) + HOUR_MS) if known else EVER
        hours = sorted(known.keys() | destination.counts(name, around).keys())
        for share, day in _days(hours):
            differences += _compared(name, day, source, destination)
            told("comparing", (place + share) / len(every))
    told("comparing", 1.0)
    return points, differences


def _compared(
    name: SeriesName, hours: Sequence[int], source: PointSide, destination: PointSide
) -> Iterator[Difference]:
    here, there = (by_hour(side.read(name, hours[0], hours[-1] + HOUR_MS)) for side in (source, destination))
    for hour_ms in hours:
        ours, theirs = here.get(hour_ms, Points.none()), there.get(hour_ms, Points.none())
        if digest(ours) != digest(theirs):
            yield Difference(name=name, hour_ms=hour_ms, source=len(ours), destination=len(theirs))


def _days(hours: Sequence[int]) -> Iterator[tuple[float, Sequence[int]]]:
    """Cut hours, oldest first, into those of a day, each with the share that is done after it."""
    done = 0
    for _, group in groupby(hours, key=lambda hour_ms: hour_ms // _DAY_MS):
        day = tuple(group)
        done += len(day)
        yield done / len(hours), day
