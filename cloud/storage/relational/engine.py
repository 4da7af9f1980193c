"""How each of the two databases is reached, and what a connection is told before anything else."""

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from vitals.errors import ConfigurationError

__all__ = ["UNHURRIED", "address_of", "engine_for", "file_of"]

_DRIVERS: Mapping[str, str] = MappingProxyType({"sqlite": "sqlite", "postgresql": "postgresql+psycopg"})
_HURRIED: Final = ("SET lock_timeout = '5s'", "SET statement_timeout = '30s'")
"""A locked or overwhelmed PostgreSQL is an error, which is tried again, and no thread that hangs."""
UNHURRIED: Mapping[str, Sequence[str]] = MappingProxyType(
    {"sqlite": (), "postgresql": ("SET LOCAL lock_timeout = 0", "SET LOCAL statement_timeout = 0")}
)
"""What lifts that in a transaction that takes the time it needs."""
_PATIENCE: Mapping[str, str] = MappingProxyType(
    {"connect_timeout": "5", "tcp_user_timeout": "30000", "keepalives_idle": "20", "keepalives_interval": "5"}
)
"""How long libpq believes in a server that says nothing, unless the URL says otherwise."""


def address_of(url: str) -> URL:
    """Read a `database_url`.

    Raises
    ------
    ConfigurationError
        If it names no database this program speaks.
    """
    try:
        address = make_url(url)
        return address.set(drivername=_DRIVERS[address.get_backend_name()])
    except (ArgumentError, KeyError):
        raise ConfigurationError(
            "database_url: give sqlite:///PATH or postgresql://USER:PASSWORD@HOST/DATABASE"
        ) from None


def file_of(address: URL) -> Path | None:
    """Return the file that is the database; a server's is none."""
    name = address.database if address.get_backend_name() == "sqlite" else None
    return Path(name) if name else None


def engine_for(address: URL, busy_timeout_s: float) -> Engine:
    """Make an engine; nothing is opened yet."""
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
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _prepare_postgresql(connection: psycopg.Connection, _record: object) -> None:
    for setting in _HURRIED:
        connection.execute(setting)
    connection.commit()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that will write takes its turn at once: an upgrade from reading can be refused.
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))
