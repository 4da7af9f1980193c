"""Points as they come: of each series, hour and commit one row, in the order of arrival.

A row holds its points one after another, each in as few bytes as it needs: its place in the hour, its value
and, where known, quality and device time. Writing them takes no look at what is there already. Who reads puts
them over the closed hour: the later word on a moment holds. No two rows ever have one number: who packs rows
by their numbers never takes away others.
"""

from collections.abc import Iterator, Sequence
from sqlite3 import Connection
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cloud.storage.points.columns import HOUR_MS, NOT_DATED, Points
from cloud.storage.points.slots import hour_of, slots_of

__all__ = ["HotRow", "append", "unpacked"]

HotRow = tuple[int, int, bytes]
"""Slot, form and points of a row."""

_RATED, _DATED = 1, 2
_FORMS: Final = tuple(
    np.dtype(
        [("into_ms", "<u4"), ("value", "<f8")]
        + [("quality", "<f8")] * bool(form & _RATED)
        + [("device_ms", "<i8")] * bool(form & _DATED)
    )
    for form in range(4)
)
"""How the points of a row are laid out, by its form: whether any is rated, whether any is dated."""

_NUMBER = "UPDATE arrival SET next = next + ? RETURNING next"
_APPEND = "INSERT INTO hot_run (id, slot, form, points) VALUES (?, ?, ?, ?)"


def append(connection: Connection, series_id: NDArray[np.int64], points: Points) -> None:
    """Write points of any series in the order they came, each with the number of its series."""
    slot = slots_of(series_id, points.t_ms)
    order = np.argsort(slot, kind="stable")
    slot, points = slot[order], points.at(order)
    starts = np.flatnonzero(np.diff(slot, prepend=-1))
    form = np.maximum.reduceat(~np.isnan(points.quality) * _RATED, starts)
    form |= np.maximum.reduceat((points.device_ms != NOT_DATED) * _DATED, starts)
    ends = np.append(starts[1:], len(slot))
    packed = {each: (_packed(points, each), _FORMS[each].itemsize) for each in set(form.tolist())}
    rows = zip(slot[starts].tolist(), form.tolist(), starts.tolist(), ends.tolist(), strict=True)
    blobs = ((at, each, _cut(*packed[each], first, end)) for at, each, first, end in rows)
    (after,) = connection.execute(_NUMBER, (len(starts),)).fetchone()
    connection.executemany(
        _APPEND, [(number, *blob) for number, blob in enumerate(blobs, after - len(starts))]
    )


def unpacked(rows: Sequence[HotRow]) -> Points:
    """Return the points of rows, in the order of the rows."""
    if not rows:
        return Points.none()
    parts = list(_by_form(rows))
    points = Points.joined(part for _, part in parts)
    if len(parts) == 1:
        return points
    order = np.argsort(np.concatenate([row for row, _ in parts]), kind="stable")
    return points.at(order)


def _by_form(rows: Sequence[HotRow]) -> Iterator[tuple[NDArray[np.int64], Points]]:
    """Yield the points of each form, and of each point the place of its row."""
    for form, layout in enumerate(_FORMS):
        places = [place for place, row in enumerate(rows) if row[1] == form]
        if not places:
            continue
        lengths = [len(rows[place][2]) // layout.itemsize for place in places]
        table = np.frombuffer(b"".join(rows[place][2] for place in places), layout)
        hours = np.repeat(np.array([hour_of(rows[place][0]) for place in places], np.int64), lengths)
        yield (
            np.repeat(np.array(places, np.int64), lengths),
            Points(
                t_ms=hours + table["into_ms"],
                value=table["value"].copy(),
                quality=table["quality"].copy() if form & _RATED else np.full(len(table), np.nan),
                device_ms=table["device_ms"].copy() if form & _DATED else np.full(len(table), NOT_DATED),
            ),
        )


def _packed(points: Points, form: int) -> bytes:
    table = np.empty(len(points), _FORMS[form])
    table["into_ms"] = points.t_ms % HOUR_MS
    table["value"] = points.value
    if form & _RATED:
        table["quality"] = points.quality
    if form & _DATED:
        table["device_ms"] = points.device_ms
    return table.tobytes()


def _cut(packed: bytes, size: int, first: int, end: int) -> bytes:
    return packed[first * size : end * size]
