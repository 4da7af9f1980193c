"""Which commands were begun and how they were answered, on disk: so that none is ever done twice.

A command is noted before it is done; its answer before it is sent. Whatever a kill leaves between the
two is known after the restart.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import structlog

from edge.outbox.schema import is_corruption
from vitals.errors import StorageError
from vitals.records import CommandReport
from vitals.wire.envelope import decode_record, encode_record

__all__ = ["CommandJournal", "Noted"]

_log = structlog.get_logger()

_KEPT_MS: Final = 30 * 24 * 3_600_000
"""How long after its end a command is remembered; one that comes again later is refused as expired."""
_LEAST_KEPT: Final = 1_000
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS command (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    expires_ms INTEGER NOT NULL,
    report BLOB,
    is_told INTEGER NOT NULL DEFAULT 0
) STRICT
"""
_FORGET: Final = """
DELETE FROM command
WHERE is_told AND expires_ms < ? AND number <= (SELECT max(number) FROM command) - ?
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A command that came before; without a `report` it was begun and not answered."""

    id: str
    name: str
    report: CommandReport | None


class CommandJournal:
    """Remembers commands. Safe to use from several threads."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        """Use `CommandJournal.open`."""
        self._connection = connection
        self._path = path
        self._lock = threading.Lock()

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the file; one that is damaged is put aside, since a gateway that hears nothing helps nobody.

        Raises
        ------
        StorageError
            If it cannot be opened or made.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                return cls(_connect(path), path)
            except sqlite3.Error as error:
                if not is_corruption(error):
                    raise
                aside = path.with_suffix(".damaged")
                path.replace(aside)
                _log.error("commands.journal_damaged", kept_aside=aside.name, error=str(error))
                return cls(_connect(path), path)
        except (sqlite3.Error, OSError) as error:
            raise _refusal(path, error) from error

    def find(self, command_id: str) -> Noted | None:
        """Return what is known of a command; None if it never came."""
        with self._durably() as connection:
            row = connection.execute(
                "SELECT id, name, report FROM command WHERE id = ?", (command_id,)
            ).fetchone()
        return None if row is None else _noted(row)

    def begin(self, command_id: str, name: str, *, expires_ms: int, now_ms: int) -> None:
        """Note that a command is about to be done; let go of those that are long over."""
        with self._durably() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO command (id, name, expires_ms) VALUES (?, ?, ?)",
                (command_id, name, expires_ms),
            )
            connection.execute(_FORGET, (now_ms - _KEPT_MS, _LEAST_KEPT))

    def answered(self, report: CommandReport) -> CommandReport:
        """Note how a command was answered, unless it was before; return the answer that holds."""
        with self._durably() as connection:
            connection.execute(
                "UPDATE command SET report = ? WHERE id = ? AND report IS NULL",
                (encode_record(report), report.id),
            )
            row = connection.execute(
                "SELECT id, name, report FROM command WHERE id = ?", (report.id,)
            ).fetchone()
        return (_noted(row).report if row else None) or report

    def told(self, command_id: str) -> None:
        """Note that the answer is in the outbox, which will not lose it."""
        with self._durably() as connection:
            connection.execute("UPDATE command SET is_told = 1 WHERE id = ?", (command_id,))

    def open_ends(self) -> list[Noted]:
        """Return, oldest first, what a kill left: begun and not answered, or answered and not told."""
        with self._durably() as connection:
            rows = connection.execute(
                "SELECT id, name, report FROM command WHERE NOT is_told ORDER BY number"
            ).fetchall()
        return [_noted(row) for row in rows]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _durably(self) -> Iterator[sqlite3.Connection]:
        """Run one transaction, on the disk when it is left.

        Raises
        ------
        StorageError
            If the disk refuses; nothing is noted then.
        """
        try:
            with self._lock, self._connection:
                yield self._connection
        except sqlite3.Error as error:
            raise _refusal(self._path, error) from error


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, check_same_thread=False, timeout=10)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        with connection:
            connection.execute(_SCHEMA)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _noted(row: tuple[str, str, bytes | None]) -> Noted:
    report = None if row[2] is None else decode_record(row[2])
    return Noted(id=row[0], name=row[1], report=report if isinstance(report, CommandReport) else None)


def _refusal(path: Path, error: Exception) -> StorageError:
    return StorageError(f"{path} refused ({error}): free space on the gateway's disk and check it")
