"""Stretches of time summed up from sums that are there, and from points only where these are too coarse."""

from collections.abc import Collection, Iterator
from sqlite3 import Connection
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cloud.ports import RollupQuery, Rollups
from cloud.storage.points import closed_hours
from cloud.storage.points.blocks import MINUTE_MS
from cloud.storage.points.columns import HOUR_MS, Points
from cloud.storage.points.latest import IS_BELIEVED
from cloud.storage.points.observations import Stretch
from cloud.storage.points.slots import hour_of
from cloud.storage.points.sums import Sums, is_judged

__all__ = ["judged_sums", "read_rollups"]

_HOURS_AT_ONCE: Final = 7 * 24
"""Whose points are in memory together, where sums are too coarse: some twenty megabytes at 1 Hz."""

_SERIES = f"""
SELECT series.id, clock_run.shift_ms
FROM series JOIN clock_run ON clock_run.id = series.clock_run
WHERE series.patient_id = ? AND series.kind = ? AND {IS_BELIEVED}
"""  # noqa: S608 - a constant


def read_rollups(connection: Connection, patient_id: str, query: RollupQuery) -> Rollups:
    """Sum up the values of a span that can be judged.

    Where the points of an hour were let go, each minute of it counts where it begins, and of an hour without
    minutes, the hour.

    Raises
    ------
    DamagedError
        If what is to be read of the span is damaged.
    """
    parts = []
    for series_id, shift_ms in connection.execute(_SERIES, (patient_id, query.kind)).fetchall():
        from_ms, to_ms = query.from_ms - shift_ms, query.to_ms - shift_ms
        if to_ms > max(from_ms, 0):
            stretch = Stretch(connection, series_id, from_ms, to_ms)
            sums = _of_series(connection, query, stretch, from_ms)
            parts.append(sums.later(shift_ms))
    return Sums.joined(parts).answer(query)


def judged_sums(kind: str, points: Points) -> Sums:
    """Take each point that can be judged for a stretch of its own."""
    kept = is_judged(kind, points.value, points.quality)
    return Sums.of_values(points.t_ms[kept], points.value[kept])


def _of_series(connection: Connection, query: RollupQuery, stretch: Stretch, origin_ms: int) -> Sums:
    """Sum up one series. Of each closed hour the coarsest sums are taken that no border of the query cuts."""
    hours = closed_hours.hour_sums(connection, stretch.first, stretch.last)
    is_stirred = np.isin(hours.from_ms, [hour_of(slot) for slot in stretch.stirred])
    is_whole = ~is_stirred & _is_uncut(hours.from_ms, query, stretch, origin_ms)
    by_minute = ~is_stirred & ~is_whole & _minutes_are_uncut(hours.from_ms, query, stretch, origin_ms)
    in_minutes = set(map(stretch.slot_at, hours.from_ms[by_minute].tolist()))
    by_point = set(map(stretch.slot_at, hours.from_ms[~is_whole & ~by_minute].tolist()))
    gone = by_point - stretch.counts().keys() if by_point else set()
    return Sums.joined(
        (
            hours.where(is_whole),
            _finest_of(connection, in_minutes | gone, hours).between(stretch.from_ms, stretch.to_ms),
            *_of_points(query, stretch, by_point | stretch.stirred, origin_ms),
        )
    )


def _of_points(
    query: RollupQuery, stretch: Stretch, slots: Collection[int], origin_ms: int
) -> Iterator[Sums]:
    """Sum up hours by their points, some hours at a time: years take no more memory than a week."""
    ordered = sorted(slots)
    for start in range(0, len(ordered), _HOURS_AT_ONCE):
        points = stretch.points_of(ordered[start : start + _HOURS_AT_ONCE])
        yield judged_sums(query.kind, points).every(query.every_ms, origin_ms)


def _is_uncut(
    hour_ms: NDArray[np.int64], query: RollupQuery, stretch: Stretch, origin_ms: int
) -> NDArray[np.bool_]:
    end_ms = hour_ms + HOUR_MS
    is_within = (hour_ms >= stretch.from_ms) & (end_ms <= stretch.to_ms)
    first, last = (hour_ms - origin_ms) // query.every_ms, (end_ms - 1 - origin_ms) // query.every_ms
    uncut: NDArray[np.bool_] = is_within & (first == last)
    return uncut


def _minutes_are_uncut(
    hour_ms: NDArray[np.int64], query: RollupQuery, stretch: Stretch, origin_ms: int
) -> NDArray[np.bool_]:
    if query.every_ms % MINUTE_MS or origin_ms % MINUTE_MS:
        return np.zeros(len(hour_ms), np.bool_)
    return (hour_ms + HOUR_MS <= stretch.to_ms) | (stretch.to_ms % MINUTE_MS == 0)


def _finest_of(connection: Connection, slots: set[int], hours: Sums) -> Sums:
    """Return the finest sums there are of slots: their minutes, or where these were let go, the hour."""
    minutes = closed_hours.minute_sums(connection, sorted(slots))
    bare = {hour_of(slot) for slot in slots} - set((minutes.from_ms // HOUR_MS * HOUR_MS).tolist())
    return Sums.joined((minutes, hours.where(np.isin(hours.from_ms, list(bare)))))
