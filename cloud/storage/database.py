"""A relational database by URL: SQLite for a family, PostgreSQL for a clinic, the same code.

An engine is made when asked for, never on import.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, Table, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from vitals.errors import ConfigurationError, StorageError

_MIGRATIONS = Path(__file__).with_name("migrations")
_MIGRATION_LOCK = 0x43617265  # any number every process of this project agrees on

_INSERTS: Mapping[str, Callable[[Table], Any]] = MappingProxyType(
    {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
)
_DRIVERS: Mapping[str, str] = MappingProxyType({"sqlite": "sqlite", "postgresql": "postgresql+psycopg"})


class Database:
    """Transactions on one database, with errors in this project's words."""

    def __init__(self, url: str, *, busy_timeout_s: float = 5.0) -> None:
        """Prepare to connect; nothing is opened yet.

        Raises
        ------
        ConfigurationError
            If the URL names no database this program speaks.
        """
        address = _address(url)
        self._name = address.render_as_string(hide_password=True)
        self._engine = _engine(address, busy_timeout_s)
        self._writing = self._engine.execution_options(begin="BEGIN IMMEDIATE")

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Run one transaction: durable when this returns, or never happened.

        Raises
        ------
        StorageError
            If the database refuses or cannot be reached.
        """
        with self._translated(), self._writing.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Run queries that change nothing."""
        with self._translated(), self._engine.begin() as connection:
            yield connection

    def migrate(self) -> None:
        """Bring the tables to this program's version; processes that start together take turns."""
        if self._engine.dialect.name == "sqlite" and self._engine.url.database:
            Path(self._engine.url.database).parent.mkdir(parents=True, exist_ok=True)
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        with self.write() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def close(self) -> None:
        """Close every idle connection."""
        self._engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            cause = getattr(error, "orig", None) or error
            raise StorageError(
                f"{self._name}: {str(cause).strip()}: nothing was stored; "
                "check that the database is there, not locked and not full"
            ) from error


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


def _address(url: str) -> URL:
    try:
        address = make_url(url)
        return address.set(drivername=_DRIVERS[address.get_backend_name()])
    except (ArgumentError, KeyError):
        raise ConfigurationError(
            "database_url: give sqlite:///PATH or postgresql://USER:PASSWORD@HOST/DATABASE"
        ) from None


def _engine(address: URL, busy_timeout_s: float) -> Engine:
    if address.get_backend_name() == "postgresql":
        return create_engine(address, pool_pre_ping=True, hide_parameters=True)
    engine = create_engine(address, connect_args={"timeout": busy_timeout_s}, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # this module begins transactions, the driver must not
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that will write takes its turn at once: an upgrade from reading can be refused.
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))
