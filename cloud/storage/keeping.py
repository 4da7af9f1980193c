"""Keeps the series file: closes hours, lets go of what is old, forgets patients."""

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final

import structlog

from cloud.ports import Expired, Forgotten, Retention, SeriesKeeping, WornDevice
from cloud.storage import erasure, expiry
from cloud.storage.journal.fence import Fence
from cloud.storage.points import closing
from cloud.storage.points.closing import ClosedHour, HotHour
from cloud.storage.points.columns import HOUR_MS
from cloud.storage.points.series_numbers import SeriesNumbers
from cloud.storage.sqlite_file import SqliteFile
from vitals.errors import DamagedError

__all__ = ["SeriesUpkeep", "SqliteKeeping"]

_MOST_HOURS: Final = 32
"""Hours of one transaction: it keeps ingest waiting for some milliseconds."""

_EXPIRE_EVERY_MS: Final = HOUR_MS
_SLOW_MS: Final = 30 * 60_000
_MOST_SAID: Final = 3
_LONGEST_SILENCE_MS: Final = 35 * 24 * HOUR_MS

_log = structlog.get_logger(__name__)


class SqliteKeeping:
    """`cloud.ports.SeriesKeeping` of one series file. One thread at a time calls it."""

    def __init__(self, file: SqliteFile, numbers: SeriesNumbers, fence: Fence) -> None:
        self._file = file
        self._numbers = numbers
        self._fence = fence
        self._waiting: list[HotHour] = []
        self._quiet_since = 0
        self._looked_ms = 0
        self._is_behind = False
        self._damaged: dict[int, str] = {}
        self._expired_to: str | None = None
        self._is_trimming = False

    def close_hours(self, now_ms: int) -> int:
        """Pack a few of the hours that are over; return how many, 0 when there is nothing to do now."""
        self._note_pace(now_ms)
        if not self._waiting:
            self._waiting = self._look(now_ms)
        batch, self._waiting = self._waiting[:_MOST_HOURS], self._waiting[_MOST_HOURS:]
        packed = self._packed(batch)
        if packed:
            with self._file.write() as connection:
                for hour in packed:
                    closing.put(connection, hour)
        return len(batch)

    def expire(self, now_ms: int, retention: Retention) -> Expired:
        """Let go of what is older than it is to be kept, of the next patients; after the last, of room."""
        rows: dict[str, int] = {}
        if not self._is_trimming:
            with self._file.write() as connection:
                rows, self._expired_to = expiry.expire(connection, now_ms, retention, self._expired_to)
        is_last = self._expired_to is None
        self._is_trimming = is_last and self._file.trim()
        return Expired(rows=rows, is_through=is_last and not self._is_trimming)

    def forget(self, patient_id: str, worn: Sequence[WornDevice] = (), *, at_ms: int = 0) -> Forgotten:
        """Erase everything of one patient, and what was set aside that tells of their devices."""
        with self._file.write() as connection:
            self._fence.close_to(patient_id)
            rows = erasure.erase(connection, patient_id, worn, at_ms=at_ms)
            self._numbers.forget()
        self._damaged.clear()  # another's hours may take the numbers of those that are gone
        self._file.wipe()
        return Forgotten(rows=rows)

    def troubles(self) -> tuple[str, ...]:
        """Return what is not well, in words."""
        behind = ("series: hours are packed more slowly than they come; give the service a faster machine",)
        damaged = (f"series: {said}" for said in islice(self._damaged.values(), _MOST_SAID))
        return (*(behind if self._is_behind else ()), *damaged)

    def _note_pace(self, now_ms: int) -> None:
        if not self._waiting:
            self._looked_ms = now_ms
        self._is_behind = bool(self._waiting) and now_ms - self._looked_ms > _SLOW_MS

    def _look(self, now_ms: int) -> list[HotHour]:
        """Find the hours to close. What was quiet is what nothing was added to since it was looked last."""
        with self._file.read() as connection:
            hours = closing.hot_hours(connection)
        found = closing.due(hours, now_ms, self._quiet_since)
        self._quiet_since = max((hour.newest for hour in hours), default=self._quiet_since)
        return [hour for hour in found if hour.slot not in self._damaged]

    def _packed(self, hours: Sequence[HotHour]) -> list[ClosedHour]:
        packed = []
        with self._file.read() as connection:
            for hour in hours:
                try:
                    packed.append(closing.packed(connection, hour))
                except DamagedError as error:
                    _log.error("series.hour_damaged", error=str(error))
                    self._damaged[hour.slot] = str(error)
        return packed


class SeriesUpkeep:
    """What the service does for a series file by the way: hours are closed first, then old data is let go.

    What is let go is gone, so this machine's clock does not judge of age alone: while it is weeks ahead of
    all that gateways ever stamped, it is wrong or nobody measures, and everything stays.
    """

    def __init__(
        self,
        keeping: SeriesKeeping,
        retention: Retention,
        *,
        newest_ms: Callable[[], int | None] = lambda: None,
    ) -> None:
        """`newest_ms` tells of the newest point by the clocks of gateways; None: there is none to go by."""
        self._keeping = keeping
        self._retention = retention
        self._newest_ms = newest_ms
        self._expire_again_ms: int | None = None
        self._is_through = True

    def step(self, now_ms: int) -> bool:
        """Do some of it; tell whether there was anything to do.

        Raises
        ------
        StorageError
            If it cannot be done now; nothing is worse for it.
        """
        return bool(self._keeping.close_hours(now_ms)) or self._expire(now_ms)

    def _expire(self, now_ms: int) -> bool:
        again_ms = self._expire_again_ms
        if again_ms is not None and again_ms - _EXPIRE_EVERY_MS <= now_ms < again_ms:
            return False
        if self._is_through and self._is_out_of_touch(now_ms):
            self._expire_again_ms = now_ms + _EXPIRE_EVERY_MS
            return False
        expired = self._keeping.expire(now_ms, self._retention)
        self._is_through = expired.is_through
        if expired.rows:
            _log.info("series.expired", **expired.rows)
        if expired.is_through:
            self._expire_again_ms = now_ms + _EXPIRE_EVERY_MS
        return not expired.is_through

    def _is_out_of_touch(self, now_ms: int) -> bool:
        newest_ms = self._newest_ms()
        is_out_of_touch = newest_ms is not None and now_ms - newest_ms > _LONGEST_SILENCE_MS
        if is_out_of_touch:
            _log.warning("series.nothing_let_go", now_ms=now_ms, newest_ms=newest_ms)
        return is_out_of_touch
