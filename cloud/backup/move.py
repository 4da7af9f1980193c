"""The relational rows from one database to another: from a family's SQLite to a clinic's PostgreSQL."""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from cloud.storage.relational.database import Database
from cloud.storage.relational.rows import read_rows, write_rows
from cloud.storage.sqlite_file import translated
from cloud.storage.sqlite_snapshot import refuse_if_open
from vitals.errors import StorageError

__all__ = ["move_rows"]


def move_rows(source: str, target: str) -> Mapping[str, int]:
    """Copy every row into an empty database in one transaction; return how many of each table.

    Raises
    ------
    ConfigurationError
        If a URL names no database this program speaks.
    StorageError
        If the source is in use by a service or cannot be read, or the target is not empty or refuses.
    """
    with (
        closing(Database(source)) as old,
        closing(Database(target)) as new,
        TemporaryDirectory() as folder,
    ):
        rows = Path(folder) / "rows"
        if old.file is not None:
            if not old.file.exists():
                raise StorageError(f"{old.file} is not there: name the database that holds the rows")
            refuse_if_open(old.file)
        with old.snapshot() as connection, translated(rows), rows.open("wb") as file:
            written = write_rows(connection, file)
        with rows.open("rb") as file:
            read_rows(new, file)
    return written
