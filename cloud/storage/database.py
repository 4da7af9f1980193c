"""A relational database by URL: SQLite for a family, PostgreSQL for a clinic, the same code.

An engine is made when asked for, never on import.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import psycopg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, Table, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, InterfaceError, OperationalError, SQLAlchemyError

from cloud.storage.sqlite_file import advice
from vitals.errors import ConfigurationError, StorageError

_MIGRATIONS = Path(__file__).with_name("migrations")
_MIGRATION_LOCK = 0x43617265  # any number every process of this project agrees on

_INSERTS: Mapping[str, Callable[[Table], Any]] = MappingProxyType(
    {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
)
_DRIVERS: Mapping[str, str] = MappingProxyType({"sqlite": "sqlite", "postgresql": "postgresql+psycopg"})

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
_HURRIED: Final = ("SET lock_timeout = '5s'", "SET statement_timeout = '30s'")
"""A locked or overwhelmed PostgreSQL is an error, which is tried again, and no thread that hangs."""
_UNHURRIED: Mapping[str, Sequence[str]] = MappingProxyType(
    {"sqlite": (), "postgresql": ("SET LOCAL lock_timeout = 0", "SET LOCAL statement_timeout = 0")}
)
_PATIENCE: Mapping[str, str] = MappingProxyType(
    {"connect_timeout": "5", "tcp_user_timeout": "30000", "keepalives_idle": "20", "keepalives_interval": "5"}
)
"""How long libpq believes in a server that says nothing, unless the URL says otherwise."""
_AWAY = (OperationalError, InterfaceError, sqlite3.OperationalError, OSError)
"""What says that the database does not work, rather than that it refuses what was asked of it."""
_ADVICE: Mapping[str, str] = MappingProxyType(
    {
        "53100": "the database's disk is full; free some space",
        "53300": "it has no connection left; raise max_connections or stop other programs",
        "55P03": "somebody else holds a lock on it; it is tried again",
        "57014": "it took too long; see what keeps the database busy",
        "57P01": "the database was stopped; start it again",
        "57P03": "the database is starting; wait",
        "25006": "it is read-only; name the primary server",
        "28P01": "correct the password in database_url",
        "3D000": "create the database that database_url names",
        "42501": "give the user of database_url the right to it",
    }
)
_GENERAL_ADVICE: Final = "check that the database is there, not locked and not full"


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
        self.file = _file(address)
        self.name = address.render_as_string(hide_password=True)
        self.trouble: str | None = None
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

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """See everything as it was when this was entered, for as long as it takes to read it."""
        engine = self._engine.execution_options(**_SNAPSHOTS[self._engine.dialect.name])
        with self._translated(), engine.begin() as connection:
            for statement in _UNHURRIED[connection.dialect.name]:
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
        """Bring the tables to this program's version; processes that start together take turns."""
        if self.file is not None:
            self.file.parent.mkdir(parents=True, exist_ok=True)
        with self.write() as connection:
            migrate_to(connection, "head")

    def close(self) -> None:
        """Close every idle connection."""
        self._engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            cause = getattr(error, "orig", None) or error
            says = f"{self.name}: {str(cause).strip()}: {_advice(cause)}"
            if isinstance(error, _AWAY):
                self.trouble = says
            raise StorageError(says) from error
        self.trouble = None


def migrate_to(connection: Connection, revision: str) -> None:
    """Bring the tables up to a revision, in the transaction of `connection`."""
    config = migrations()
    for statement in _UNHURRIED[connection.dialect.name]:
        connection.exec_driver_sql(statement)
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def knows_revision(revision: str) -> bool:
    """Tell whether this program has the migration."""
    return revision in {
        script.revision for script in ScriptDirectory.from_config(migrations()).walk_revisions()
    }


def migrations() -> Config:
    """Return where Alembic finds the migrations."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


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


def _file(address: URL) -> Path | None:
    """Return the file that is the database; a server's is none."""
    is_file = address.get_backend_name() == "sqlite" and address.database
    return Path(address.database) if is_file and address.database else None


def _engine(address: URL, busy_timeout_s: float) -> Engine:
    if address.get_backend_name() == "postgresql":
        patient = address.update_query_dict({**_PATIENCE, **address.query})
        engine = create_engine(patient, pool_pre_ping=True, hide_parameters=True)
        event.listen(engine, "connect", _prepare_postgresql)
        return engine
    engine = create_engine(address, connect_args={"timeout": busy_timeout_s}, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # this module begins transactions, the driver must not
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _prepare_postgresql(connection: psycopg.Connection, _record: object) -> None:
    for setting in _HURRIED:
        connection.execute(setting)
    connection.commit()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that will write takes its turn at once: an upgrade from reading can be refused.
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


def _advice(cause: BaseException) -> str:
    """Say what to do about what the database said."""
    known = _ADVICE.get(getattr(cause, "sqlstate", None) or "") or advice(cause)
    return f"nothing was stored; {known or _GENERAL_ADVICE}"
