"""A relational database by URL: SQLite for a family, PostgreSQL for a clinic, the same code.

An engine is made when asked for, never on import.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from types import MappingProxyType
from typing import Any

from alembic.util import CommandError
from sqlalchemy import Connection, Table, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from cloud.storage.relational.advice import AWAY, advice_on
from cloud.storage.relational.engine import UNHURRIED, address_of, engine_for, file_of
from cloud.storage.relational.migrating import migrate_to
from vitals.errors import StorageError

__all__ = ["Database", "insert_new", "insert_numbered", "take_turns", "upsert"]


_INSERTS: Mapping[str, Callable[[Table], Any]] = MappingProxyType(
    {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
)

_SNAPSHOTS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "sqlite": {},
        "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
    }
)
_FIRST_LOOKS: Mapping[str, str] = MappingProxyType(
    {"sqlite": "SELECT count(*) FROM sqlite_schema", "postgresql": "SELECT 1"}
)
"""What fixes the moment a snapshot is of: neither database does before the first read."""
_ONE_WRITER: Mapping[str, str] = MappingProxyType(
    {"sqlite": "SELECT 1", "postgresql": "LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"}
)
"""What lets one transaction at a time write to a table; in SQLite all that write take turns anyway."""


class Database:
    """Transactions on one database, with errors in this project's words."""

    def __init__(self, url: str, *, busy_timeout_s: float = 5.0) -> None:
        """Prepare to connect; nothing is opened yet.

        Raises
        ------
        ConfigurationError
            If the URL names no database this program speaks.
        """
        address = address_of(url)
        self.file = file_of(address)
        self.name = address.render_as_string(hide_password=True)
        self.trouble: str | None = None
        self._engine = engine_for(address, busy_timeout_s)
        self._writing = self._engine.execution_options(begin="BEGIN IMMEDIATE")
        self._joined = threading.local()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Run one transaction: durable when this returns, or never happened.

        Raises
        ------
        StorageError
            If the database refuses or cannot be reached.
        """
        outer = self._outer()
        with self._translated():
            if outer is not None:
                with outer.begin_nested():
                    yield outer
            else:
                with self._writing.begin() as connection:
                    yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Run queries that change nothing."""
        outer = self._outer()
        with self._translated():
            if outer is not None:
                yield outer
            else:
                with self._engine.begin() as connection:
                    yield connection

    @contextmanager
    def together(self) -> Iterator[None]:
        """Have what this thread writes in the block be one transaction: one wait for the disk, not many.

        Each write in it still happens whole or never; none is durable before the block has ended, nor before
        a block around it has.

        Raises
        ------
        StorageError
            If the database refuses or cannot be reached: nothing in the block has happened.
        """
        outer = self._outer()
        if outer is not None:
            with self._translated(), outer.begin_nested():
                yield
            return
        with self._translated(), self._writing.begin() as connection:
            self._joined.outer = connection
            try:
                yield
            finally:
                del self._joined.outer

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """See everything as it was when this was entered, for as long as it takes to read it."""
        engine = self._engine.execution_options(**_SNAPSHOTS[self._engine.dialect.name])
        with self._translated(), engine.begin() as connection:
            for statement in UNHURRIED[connection.dialect.name]:
                connection.exec_driver_sql(statement)
            connection.exec_driver_sql(_FIRST_LOOKS[connection.dialect.name])
            yield connection

    def refuse_damage(self, connection: Connection) -> None:
        """Have SQLite read every page; PostgreSQL tells of damage by itself, when it reads a row.

        Raises
        ------
        StorageError
            If a page is damaged, with what SQLite says of it.
        """
        if connection.dialect.name == "sqlite":
            faults = connection.exec_driver_sql("PRAGMA integrity_check(3)").scalars().all()
            if list(faults) != ["ok"]:
                raise StorageError(f"{self.name}: damaged: {'; '.join(faults)}: restore the last good backup")

    def migrate(self) -> None:
        """Bring the tables to this program's version; processes that start together take turns.

        Raises
        ------
        StorageError
            If the database refuses, or its tables are of a version that this program does not know.
        """
        if self.file is not None:
            self.file.parent.mkdir(parents=True, exist_ok=True)
        try:
            with self.write() as connection:
                migrate_to(connection, "head")
        except CommandError as error:
            raise StorageError(
                f"{self.name}: its tables were written by another version of this program ({error}): nothing "
                "was changed; run the newer version, or restore a backup that this one made"
            ) from error

    def compact(self, of: Sequence[Table] = ()) -> None:
        """Write an SQLite file anew, without what was deleted or replaced; in PostgreSQL these tables."""
        if self._engine.dialect.name == "sqlite":
            with self._translated(), closing(self._engine.raw_connection()) as connection:
                for statement in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                    connection.cursor().execute(statement)
        else:
            alone = self._engine.execution_options(isolation_level="AUTOCOMMIT")
            with self._translated(), alone.connect() as connection:
                for name in sorted({table.name for table in of}):
                    connection.exec_driver_sql(f"VACUUM (FULL) {name}")

    def close(self) -> None:
        """Close every idle connection."""
        self._engine.dispose()

    def _outer(self) -> Connection | None:
        """Return the transaction that this thread is in already."""
        outer: Connection | None = getattr(self._joined, "outer", None)
        return outer

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            cause = getattr(error, "orig", None) or error
            says = f"{self.name}: {str(cause).strip()}: nothing was stored; {advice_on(cause)}"
            if isinstance(error, AWAY):
                self.trouble = says
            raise StorageError(says) from error
        self.trouble = None


def upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, or replace what their primary keys name already."""
    if not rows:
        return
    insert = _INSERTS[connection.dialect.name](table)
    keys = [column.name for column in table.primary_key]
    changes = {name: insert.excluded[name] for name in rows[0] if name not in keys}
    connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=changes), rows)


def insert_new(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert a row, or leave alone what its primary key names already; tell whether it was new."""
    insert = _INSERTS[connection.dialect.name](table).values(**row).on_conflict_do_nothing()
    return connection.execute(insert.returning(*table.primary_key)).first() is not None


def take_turns(connection: Connection, table: Table) -> None:
    """Let one transaction at a time write to a table, from now until it ends; readers wait for nobody."""
    connection.exec_driver_sql(_ONE_WRITER[connection.dialect.name].format(table=table.name))


def insert_numbered(connection: Connection, table: Table, row: Mapping[str, Any]) -> int:
    """Insert a row and return its number: whoever sees one sees every row of a lower number, too."""
    take_turns(connection, table)
    (number,) = connection.execute(insert(table).values(**row)).inserted_primary_key or (0,)
    return int(number)
