"""A SQLite file as it is at one moment: copied while others write, checked, and closed up to travel."""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from cloud.storage.sqlite_file import translated
from vitals.errors import StorageError

__all__ = ["Snapshot", "close_up", "held_still", "refuse_damage", "refuse_if_open", "set_aside"]

_PAGES_A_STEP: Final = 256
"""A MiB of pages of 4 KiB: between steps the copier lets whoever waits for the processor go first."""
_LOCK_WAIT_S: Final = 30.0
_MOST_FAULTS: Final = 3
_LOGS: Final = ("", "-wal", "-shm")


class Snapshot:
    """What a file held at one moment; as long as it is open, its writer goes on and its log only grows."""

    def __init__(self, path: Path, reader: sqlite3.Connection) -> None:
        self._path = path
        self._reader = reader

    def copy_to(self, target: Path, *, pause: Callable[[], None] = lambda: time.sleep(0)) -> None:
        """Copy it into a new file of its own, `pause` called between steps.

        Raises
        ------
        StorageError
            If the disk of `target` is full, or the file is damaged so that it cannot even be copied.
        """
        with translated(target), closing(sqlite3.connect(target)) as copy:
            copy.execute("PRAGMA synchronous = OFF")  # whoever keeps the copy syncs what becomes of it
            # The reader's transaction is open all the while: no step sees a newer state, none starts over.
            self._reader.backup(copy, pages=_PAGES_A_STEP, progress=lambda *_: pause())
            copy.execute("PRAGMA journal_mode = DELETE")


@contextmanager
def held_still(path: Path) -> "Iterator[tuple[Snapshot, Callable[[], None]]]":
    """See the file at one moment, and keep everybody from writing it until the second value is called.

    So what else must be of that very moment can be opened meanwhile: let go as soon as it is.

    Raises
    ------
    StorageError
        If the file is not there, damaged, or another process does not let go of it.
    """
    with translated(path), closing(_connect(path)) as writer, closing(_connect(path)) as reader:
        writer.execute("BEGIN IMMEDIATE")
        reader.execute("BEGIN")
        reader.execute(
            "SELECT count(*) FROM sqlite_schema"
        ).fetchone()  # the moment is that of the first read

        def let_go() -> None:
            if writer.in_transaction:
                writer.execute("ROLLBACK")

        yield Snapshot(path, reader), let_go


def refuse_damage(path: Path, *, of: Path | None = None) -> None:
    """Read every page of a file that nobody writes; it may be a copy of another, whose damage it shows.

    Raises
    ------
    StorageError
        If one is damaged, with what SQLite says of it.
    """
    with translated(of or path), closing(_connect(path)) as connection:
        faults = [fault for (fault,) in connection.execute(f"PRAGMA integrity_check({_MOST_FAULTS})")]
    if faults != ["ok"]:
        raise StorageError(f"{of or path}: damaged: {'; '.join(faults)}: restore the last good backup")


def close_up(path: Path) -> None:
    """Gather everything committed into the one file and have the disk keep it.

    Raises
    ------
    StorageError
        If another process has it open, or the disk refuses.
    """
    with translated(path):
        with closing(_connect(path, wait_s=1.0)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")  # needs the file for itself
        with path.open("rb") as file:
            os.fsync(file.fileno())


def refuse_if_open(path: Path) -> None:
    """Refuse a file that another process has open; a damaged one is let by.

    Raises
    ------
    StorageError
        If it is open.
    """
    try:
        close_up(path)
    except StorageError as error:
        code = getattr(error.__cause__, "sqlite_errorcode", 0)
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise StorageError(f"{path} is in use: stop the service first") from error


def set_aside(path: Path, reason: str) -> Sequence[Path]:
    """Give a file and its logs other names beside it; return those of them that were there.

    Raises
    ------
    StorageError
        If the disk refuses.
    """
    there = [one for log in _LOGS if (one := path.with_name(path.name + log)).exists()]
    aside = [one.with_name(one.name.replace(path.name, f"{path.name}.{reason}", 1)) for one in there]
    with translated(path):
        for one, other in zip(there, aside, strict=True):
            one.rename(other)
    return aside


def _connect(path: Path, *, wait_s: float = _LOCK_WAIT_S) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=rw",
        uri=True,
        timeout=wait_s,
        isolation_level=None,
        check_same_thread=False,
    )
