"""Every packed hour of a series file against its own checksum: damage that SQLite cannot see."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from cloud.storage.points.packing import is_sound
from cloud.storage.points.slots import hour_of, series_of
from cloud.storage.sqlite_file import translated

__all__ = ["damaged_hours"]

_PACKED: Final = "SELECT slot, points FROM block UNION ALL SELECT slot, sums FROM minute_sums"


def damaged_hours(path: Path) -> tuple[tuple[int, int], ...]:
    """Return the series and the start (ms since 1970) of each hour that is not what was written.

    The file is one that nobody writes. Its other parts are SQLite's to check.
    """
    with translated(path), closing(sqlite3.connect(path)) as connection:
        slots = {slot for slot, packed in connection.execute(_PACKED) if not is_sound(packed)}
    return tuple((series_of(slot), hour_of(slot)) for slot in sorted(slots))
