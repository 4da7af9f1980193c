"""Hours that are over, each a block of points, with what its minutes and the whole of it come to."""

import json
from collections.abc import Callable, Iterable
from sqlite3 import Connection
from typing import Final, TypeVar

import numpy as np

from cloud.storage.points.blocks import unpack_points, unpack_sums
from cloud.storage.points.columns import Points
from cloud.storage.points.slots import hour_of, series_of
from cloud.storage.points.sums import Sums
from vitals.errors import DamagedError

__all__ = ["counts", "hour_sums", "minute_sums", "points", "summed", "write_points", "write_sums"]

_T = TypeVar("_T")

_HOUR_COLUMNS: Final = 6
_COUNTS: Final = "SELECT slot, count FROM block WHERE slot BETWEEN ? AND ? ORDER BY slot"
_SUMMED: Final = "SELECT slot FROM hour_sums WHERE slot BETWEEN ? AND ?"
_BLOCKS: Final = """
SELECT block.slot, block.points FROM json_each(?) AS asked CROSS JOIN block ON block.slot = asked.value
"""
_MINUTES: Final = """
SELECT minute_sums.slot, minute_sums.sums
FROM json_each(?) AS asked CROSS JOIN minute_sums ON minute_sums.slot = asked.value
"""
_HOURS: Final = """
SELECT slot, count, minimum, maximum, mean, squares FROM hour_sums WHERE slot BETWEEN ? AND ? ORDER BY slot
"""
_REWRITE: Final = "UPDATE block SET count = ?, points = ? WHERE slot = ?"
_WRITE: Final = "INSERT INTO block (count, points, slot) VALUES (?, ?, ?)"
_WRITE_MINUTES: Final = "INSERT OR REPLACE INTO minute_sums VALUES (?, ?)"
_WRITE_HOUR: Final = "INSERT OR REPLACE INTO hour_sums VALUES (?, ?, ?, ?, ?, ?)"


def counts(connection: Connection, first: int, last: int) -> dict[int, int]:
    """Return how many points each block of a stretch of slots holds, oldest first."""
    return dict(connection.execute(_COUNTS, (first, last)))


def summed(connection: Connection, first: int, last: int) -> set[int]:
    """Return the slots of a stretch that are summed up, whether or not their points are still here."""
    return {slot for (slot,) in connection.execute(_SUMMED, (first, last))}


def points(connection: Connection, slots: Iterable[int]) -> Points:
    """Read blocks, one after another as their slots are given; a slot without one has no points.

    Raises
    ------
    DamagedError
        If a block does not agree with its checksum.
    """
    return Points.joined(
        _sound(slot, packed, unpack_points)
        for slot, packed in connection.execute(_BLOCKS, (json.dumps(list(slots)),))
    )


def minute_sums(connection: Connection, slots: Iterable[int]) -> Sums:
    """Read what the minutes of slots come to.

    Raises
    ------
    DamagedError
        If they do not agree with their checksum.
    """
    return Sums.joined(
        _sound(slot, packed, unpack_sums)
        for slot, packed in connection.execute(_MINUTES, (json.dumps(list(slots)),))
    )


def hour_sums(connection: Connection, first: int, last: int) -> Sums:
    """Read what the hours of a stretch of slots of one series come to, oldest first."""
    rows = connection.execute(_HOURS, (first, last)).fetchall()
    slot, count, *values = np.array(rows, np.float64).reshape(-1, _HOUR_COLUMNS).T
    minimum, maximum, mean, squares = values
    return Sums(
        from_ms=hour_of(slot.astype(np.int64)),
        count=count.astype(np.int64),
        minimum=minimum,
        maximum=maximum,
        mean=mean,
        squares=squares,
    )


def write_points(connection: Connection, slot: int, count: int, packed: bytes) -> None:
    """Write a slot's block of so many points in place of the one there was."""
    row = (count, packed, slot)
    if not connection.execute(_REWRITE, row).rowcount:
        connection.execute(_WRITE, row)


def write_sums(connection: Connection, slot: int, minutes: bytes, hour: Sums) -> None:
    """Write what a slot comes to, its minutes packed, in place of what was there; no sums leave no rows."""
    if not len(hour.count):
        connection.execute("DELETE FROM minute_sums WHERE slot = ?", (slot,))
        connection.execute("DELETE FROM hour_sums WHERE slot = ?", (slot,))
        return
    columns = (hour.count, hour.minimum, hour.maximum, hour.mean, hour.squares)
    connection.execute(_WRITE_MINUTES, (slot, minutes))
    connection.execute(_WRITE_HOUR, (slot, *(column.item() for column in columns)))


def _sound(slot: int, packed: bytes, unpack: Callable[[bytes], _T]) -> _T:
    try:
        return unpack(packed)
    except ValueError as error:
        raise DamagedError(
            f"the hour from {hour_of(slot)} ms of series {series_of(slot)} is damaged ({error}): "
            "restore the last backup; everything else can be read"
        ) from error
