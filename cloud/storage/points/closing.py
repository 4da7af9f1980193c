"""Closing hours: what came of an hour is packed, and summed up, once the hour is over and quiet.

Until then it is read as it came, so closing late costs space and time, never an answer. Nothing is lost
whenever it is cut off: an hour's rows go in the transaction that makes its block durable.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Final

from cloud.storage.points import closed_hours, hot_runs
from cloud.storage.points.blocks import MINUTE_MS, pack_points, pack_sums
from cloud.storage.points.columns import HOUR_MS, Points
from cloud.storage.points.slots import hour_of, series_of
from cloud.storage.points.summing import judged_sums
from cloud.storage.points.sums import Sums

__all__ = ["ClosedHour", "HotHour", "due", "hot_hours", "packed", "put"]

GRACE_MS: Final = 5 * 60_000
"""How long after its end an hour is left alone: a gateway sends what it has within a minute or so."""
MANY_RUNS: Final = 720
"""Runs of one hour that are packed together before it is over: reading each for itself takes its time."""

_HOT_HOURS = "SELECT slot, count(*), max(id) FROM hot_run GROUP BY slot"
_RUNS = "SELECT slot, form, points FROM hot_run WHERE slot = ? AND id <= ? ORDER BY id"
_KIND = "SELECT kind FROM series WHERE id = ?"
_COUNT = "SELECT count(*) FROM hot_run WHERE slot = ? AND id <= ?"
_DROP = "DELETE FROM hot_run WHERE slot = ? AND id <= ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class HotHour:
    """An hour of a series with points that are not in its block; `newest` is the last row to come."""

    slot: int
    runs: int
    newest: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClosedHour:
    """An hour and its runs packed together. Without `block`, its older points were let go: so are these."""

    hot: HotHour
    count: int
    block: bytes | None
    minutes: bytes
    hour: Sums


def due(hours: Iterable[HotHour], now_ms: int, quiet_since: int) -> Sequence[HotHour]:
    """Choose the hours to close, oldest first: those that are over and quiet, and those of many runs.

    `quiet_since` is the last row that had come when it was looked before.
    """
    chosen = (
        hour
        for hour in hours
        if hour.runs >= MANY_RUNS
        or (hour_of(hour.slot) + HOUR_MS + GRACE_MS <= now_ms and hour.newest <= quiet_since)
    )
    return sorted(chosen, key=lambda hour: (hour_of(hour.slot), hour.slot))


def hot_hours(connection: Connection) -> Sequence[HotHour]:
    """Return every hour that has points outside its block."""
    rows = connection.execute(_HOT_HOURS)
    return [HotHour(slot=slot, runs=runs, newest=newest) for slot, runs, newest in rows]


def packed(connection: Connection, hot: HotHour) -> ClosedHour:
    """Read an hour and reckon what it comes to, beside whoever writes.

    Raises
    ------
    DamagedError
        If what it held before is damaged; what came since stays as it is.
    """
    (kind,) = connection.execute(_KIND, (series_of(hot.slot),)).fetchone() or ("",)
    came = hot_runs.unpacked(connection.execute(_RUNS, (hot.slot, hot.newest)).fetchall())
    old_hour = closed_hours.hour_sums(connection, hot.slot, hot.slot)
    old_points = closed_hours.points(connection, [hot.slot])
    if len(old_hour.count) and not len(old_points):  # those were let go: what is late joins their sums
        late = judged_sums(kind, came.settled())
        minutes = closed_hours.minute_sums(connection, [hot.slot])
        if len(minutes.count):  # else they were let go too: a minute of what is late would pass for the hour
            minutes = Sums.joined((minutes, late)).every(MINUTE_MS)
        hour = Sums.joined((old_hour, late)).every(HOUR_MS)
        return ClosedHour(hot=hot, count=0, block=None, minutes=pack_sums(minutes), hour=hour)
    points = Points.joined((old_points, came)).settled()
    minutes = judged_sums(kind, points).every(MINUTE_MS)
    return ClosedHour(
        hot=hot,
        count=len(points),
        block=pack_points(points),
        minutes=pack_sums(minutes),
        hour=minutes.every(HOUR_MS),
    )


def put(connection: Connection, closed: ClosedHour) -> None:
    """Put an hour in the place of its runs, unless these are there no more: erased or packed meanwhile."""
    hot = closed.hot
    (runs,) = connection.execute(_COUNT, (hot.slot, hot.newest)).fetchone()
    if runs != hot.runs:
        return
    connection.execute(_DROP, (hot.slot, hot.newest))
    if closed.block is not None:
        closed_hours.write_points(connection, hot.slot, closed.count, closed.block)
    closed_hours.write_sums(connection, hot.slot, closed.minutes, closed.hour)
