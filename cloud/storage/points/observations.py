"""Points of one patient read back: closed hours, and over them what came since."""

from collections.abc import Iterable, Sequence
from sqlite3 import Connection
from typing import NamedTuple

import numpy as np

from cloud.ports import Series
from cloud.storage.points import closed_hours, hot_runs
from cloud.storage.points.columns import HOUR_MS, Points
from cloud.storage.points.slots import hour_of, slot_of

__all__ = ["Stretch", "read_series"]

_SERIES = """
SELECT series.id, series.device, ifnull(clock_run.shift_ms, 0)
FROM series JOIN clock_run ON clock_run.id = series.clock_run
WHERE series.patient_id = ? AND series.kind = ? ORDER BY series.device
"""
_HOT = "SELECT slot, form, points FROM hot_run WHERE slot BETWEEN ? AND ? ORDER BY id"


class Stretch:
    """A half-open stretch of one series, by the clock that stamped it."""

    def __init__(self, connection: Connection, series_id: int, from_ms: int, to_ms: int) -> None:
        """Read what came since the hours were closed."""
        self._connection = connection
        self.from_ms, self.to_ms = max(from_ms, 0), to_ms
        self.first, self.last = slot_of(series_id, self.from_ms), slot_of(series_id, to_ms - 1)
        self._hot: Sequence[hot_runs.HotRow] = connection.execute(_HOT, (self.first, self.last)).fetchall()
        self.stirred = {slot for slot, _, _ in self._hot}
        """Slots that came to more since they were closed, if they were."""

    def slot_at(self, t_ms: int) -> int:
        """Return the slot a moment of it falls into."""
        return self.first + t_ms // HOUR_MS - hour_of(self.first) // HOUR_MS

    def counts(self) -> dict[int, int]:
        """Return how many points each closed hour it touches holds, oldest first."""
        return closed_hours.counts(self._connection, self.first, self.last)

    def points(self, closed: Iterable[int]) -> Points:
        """Read its points as far as they are in these closed hours, in order, or came since."""
        return self._together(closed, self._hot)

    def points_of(self, slots: Sequence[int]) -> Points:
        """Read its points of these hours alone, in order."""
        which = frozenset(slots)
        return self._together(slots, [row for row in self._hot if row[0] in which])

    def newest(self, limit: int) -> tuple[Points, int]:
        """Read the newest `limit` points, and count the others, without reading whole hours of these."""
        counts = self.counts()
        cut = {self.first} if self.from_ms % HOUR_MS else set()
        needed, enough = [], 0
        for slot in reversed(counts):
            is_last_cut = hour_of(slot) + HOUR_MS > self.to_ms
            if enough < limit or is_last_cut or slot in self.stirred or slot in cut:
                needed.append(slot)
                enough += 0 if is_last_cut or slot in cut else counts[slot]
        points = self.points(reversed(needed))
        kept = points.at(slice(max(0, len(points) - limit), None)) if limit > 0 else Points.none()
        read = set(needed)
        return kept, len(points) - len(kept) + sum(n for slot, n in counts.items() if slot not in read)

    def _together(self, closed: Iterable[int], hot: Sequence[hot_runs.HotRow]) -> Points:
        parts = (closed_hours.points(self._connection, closed), hot_runs.unpacked(hot))
        return Points.joined(parts).settled().between(self.from_ms, self.to_ms)


class _Part(NamedTuple):
    device: str
    points: Points


def read_series(
    connection: Connection, patient_id: str, kind: str, span: tuple[int, int], limit: int
) -> Series:
    """Read the newest `limit` points of a half-open span, oldest first, and how many more there are.

    Raises
    ------
    DamagedError
        If an hour of the span is damaged.
    """
    parts, omitted = [], 0
    for series_id, device, shift_ms in connection.execute(_SERIES, (patient_id, kind)).fetchall():
        from_ms, to_ms = span[0] - shift_ms, span[1] - shift_ms
        if to_ms <= max(from_ms, 0):
            continue
        points, more = Stretch(connection, series_id, from_ms, to_ms).newest(limit)
        parts.append(_Part(device, points.later(shift_ms)))
        omitted += more
    return _together(kind, parts, max(limit, 0), omitted)


def _together(kind: str, parts: Sequence[_Part], limit: int, omitted: int) -> Series:
    """Return the newest of all parts in order of time and device; devices they are none of are not named."""
    kept = [part for part in parts if len(part.points)]
    points = Points.joined(part.points for part in kept)
    names = sorted({part.device for part in kept})
    places = np.array([names.index(part.device) for part in kept], np.int64)
    index = np.repeat(places, [len(part.points) for part in kept])
    order = np.lexsort((index, points.t_ms)) if len(kept) > 1 else np.arange(len(points))
    newest = order[max(0, len(order) - limit) :]
    points, index = points.at(newest), index[newest]
    used, index = np.unique(index, return_inverse=True)
    return Series(
        kind=kind,
        t_ms=points.t_ms,
        value=points.value,
        quality=points.quality,
        device_index=index.astype(np.int32),
        devices=tuple(names[place] for place in used),
        omitted=omitted + len(order) - len(newest),
    )
