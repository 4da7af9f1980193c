"""How far a move has come, in a file of its own, so that one that was killed goes on where it was."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cloud.storage.moving.sides import SeriesName
from cloud.storage.sqlite_file import SqliteFile

__all__ = ["BOOK_NAME", "MoveBook"]

BOOK_NAME: Final = "moving.db"

_STEP = """
CREATE TABLE direction (words TEXT NOT NULL);
CREATE TABLE moved (
    patient_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    device TEXT NOT NULL,
    clock TEXT NOT NULL,
    hour_ms INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (patient_id, kind, device, clock, hour_ms)
) WITHOUT ROWID
"""
_MOVED = """
SELECT hour_ms, count FROM moved WHERE patient_id = ? AND kind = ? AND device = ? AND clock = ?
"""
_STRIKE = """
DELETE FROM moved WHERE patient_id = ? AND kind = ? AND device = ? AND clock = ? AND hour_ms = ?
"""


class MoveBook:
    """Which hours are moved, and how many points they held."""

    def __init__(self, path: Path, direction: str) -> None:
        """Open the book, an empty one if it was of another direction.

        Raises
        ------
        StorageError
            If it cannot be opened.
        """
        self._path = path
        self._file = SqliteFile(path, steps=(_STEP,))
        with self._file.write() as connection:
            if connection.execute("SELECT words FROM direction").fetchall() != [(direction,)]:
                connection.execute("DELETE FROM moved")
                connection.execute("DELETE FROM direction")
                connection.execute("INSERT INTO direction VALUES (?)", (direction,))

    def moved(self, name: SeriesName) -> dict[int, int]:
        """Return how many points were moved of each hour of a series."""
        with self._file.read() as connection:
            return dict(connection.execute(_MOVED, _key(name)))

    def note(self, name: SeriesName, counts: Mapping[int, int]) -> None:
        """Say that these hours are moved."""
        with self._file.write() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO moved VALUES (?, ?, ?, ?, ?, ?)",
                [(*_key(name), hour_ms, count) for hour_ms, count in counts.items()],
            )

    def strike(self, name: SeriesName, hour_ms: int) -> None:
        """Say that an hour is to be moved again."""
        with self._file.write() as connection:
            connection.execute(_STRIKE, (*_key(name), hour_ms))

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def remove(self) -> None:
        """Close the file and remove it: the move is done."""
        self.close()
        for suffix in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)


def _key(name: SeriesName) -> tuple[str, str, str, str]:
    return name.patient_id, name.kind, name.device, name.clock
