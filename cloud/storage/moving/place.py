"""Where the points of a series file are, written in it: a service that looks elsewhere does not start."""

import sqlite3
from contextlib import closing, suppress
from enum import StrEnum
from pathlib import Path
from typing import Final

from cloud.storage.sqlite_file import SqliteFile
from vitals.errors import ConfigurationError, StorageError

__all__ = ["Place", "begin_move", "claim_place", "end_move"]

_PATIENCE_S: Final = 1.0
_MOVING: Final = " to "
_COMMAND: Final = "carewire cloud migrate-series --from {} --to {}"
_READ: Final = "SELECT place, EXISTS (SELECT 1 FROM epoch) FROM points_place"
_WRITE: Final = "UPDATE points_place SET place = ?"


class Place(StrEnum):
    """Where points can be."""

    SQLITE = "sqlite"
    INFLUX = "influx"


def claim_place(file: SqliteFile, place: Place) -> None:
    """Say that points are kept in `place` from now on, if they are not anywhere else.

    Raises
    ------
    ConfigurationError
        If they are, or are being moved.
    """
    with file.read() as connection:
        found, is_used = connection.execute(_READ).fetchone()
    if found == place:
        return
    if found is not None and is_used:
        raise ConfigurationError(f"{file.path}: {_why_not(found, place)}")
    with suppress(StorageError), file.write() as connection:  # on a disk that is only read, another time
        connection.execute(_WRITE, (place,))


def begin_move(path: Path, source: Place, destination: Place) -> None:
    """Say that points are being moved: no service starts on the file, and none must be running.

    Raises
    ------
    StorageError
        If a process has the file open.
    ConfigurationError
        If the points are not in `source`, nor on their way from there.
    """
    move = f"{source}{_MOVING}{destination}"
    try:
        with closing(sqlite3.connect(path, timeout=_PATIENCE_S, isolation_level=None)) as connection:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")  # refused while anybody has the file open, even idle
            found, is_used = connection.execute(_READ).fetchone()
            if is_used and found not in {None, source, move}:
                raise ConfigurationError(f"{path}: {_why_not(found, source)}")
            connection.execute(_WRITE, (move,))
            connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        raise StorageError(
            f"{path} is in use ({error}): stop the service first; gateways keep what they measure meanwhile"
        ) from error


def end_move(file: SqliteFile, place: Place) -> None:
    """Say where points are now that they are moved, or that a move is abandoned."""
    with file.write() as connection:
        connection.execute(_WRITE, (place,))


def _why_not(found: str, wanted: Place) -> str:
    if _MOVING in found:
        command = _COMMAND.format(*found.split(_MOVING))
        return f"its points are being moved: end that with `{command}`, or give it up with --abandon as well"
    command = _COMMAND.format(found, wanted)
    return f"its points are in {found}: correct series_url, or move them with `{command}`"
