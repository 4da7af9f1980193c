"""The relational database as lines of text that either database reads back: what a backup holds of it.

The first line says which migration the tables had; a line opens each table, then a JSON array a row;
the last line counts them. Bytes are base64, as `msgspec` writes them.
"""

import base64
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from itertools import groupby, islice
from typing import Any, BinaryIO, Final

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, LargeBinary, MetaData, Table, func, select, text

from cloud.storage.relational.database import Database
from cloud.storage.relational.migrating import migrate_to
from cloud.storage.relational.tables import metadata
from vitals.errors import StorageError

__all__ = [
    "NOT_IN_BACKUPS",
    "count_rows",
    "read_head",
    "read_rows",
    "refuse_rows",
    "revision_of",
    "write_rows",
]

_ROWS_AT_ONCE: Final = 500
_OF_RUNNING_PROCESSES: Final = frozenset({"gateway_presence", "partition_lease", "process"})
"""What processes tell each other: it means nothing once they are gone, and travels nowhere."""


NOT_IN_BACKUPS: Final = _OF_RUNNING_PROCESSES | {"data_key"}
"""Nor do the keys go where what they seal goes."""


class _Head(Struct, frozen=True):
    revision: str


class _TableLine(Struct, frozen=True, tag_field="is", tag="table"):
    table: str
    columns: tuple[str, ...]


class _End(Struct, frozen=True, tag_field="is", tag="end"):
    rows: dict[str, int]


_encode: Final = msgspec.json.Encoder().encode


def write_rows(
    connection: Connection, to: BinaryIO, *, but: AbstractSet[str] = _OF_RUNNING_PROCESSES
) -> dict[str, int]:
    """Write every row of every table that a transaction sees, `but` those named; return how many of each.

    Raises
    ------
    StorageError
        If the database was never migrated: there is nothing to write.
    """
    _write_line(to, _Head(revision_of(connection)))
    counts = {
        str(table.name): _write_table(connection, table, to) for table in _tables_of(connection, but=but)
    }
    _write_line(to, _End(counts))
    return counts


def read_head(source: BinaryIO) -> str:
    """Read which migration the rows were written at."""
    head: _Head = _decoded(source.readline(), _Head)
    return head.revision


def read_rows(database: Database, source: BinaryIO) -> dict[str, int]:
    """Fill an empty database with rows, all or none, and bring it to this program's version.

    Raises
    ------
    StorageError
        If it is not empty, refuses, or the lines end before they should.
    """
    revision = read_head(source)
    if database.file is not None:
        database.file.parent.mkdir(parents=True, exist_ok=True)
    with database.write() as connection:
        refuse_rows(connection, database.name)
        _drop_empty_tables(connection)
        migrate_to(connection, revision)
        counts = _read_tables(connection, source)
        for name in counts:
            _go_on_counting(connection, name)
        migrate_to(connection, "head")
    return counts


def revision_of(connection: Connection) -> str:
    """Return which migration a database has."""
    if not connection.dialect.has_table(connection, "alembic_version"):
        raise StorageError("the relational database has no tables yet: start the service once")
    return str(connection.scalar(text("SELECT version_num FROM alembic_version")))


def count_rows(connection: Connection) -> dict[str, int]:
    """Count the rows of each of our tables."""
    return {
        str(table.name): connection.scalar(select(func.count()).select_from(table)) or 0
        for table in _tables_of(connection)
    }


def refuse_rows(connection: Connection, name: str) -> None:
    """Refuse a database that holds anything.

    Raises
    ------
    StorageError
        Naming it and what to do.
    """
    full = [table for table, count in count_rows(connection).items() if count]
    if full:
        raise StorageError(f"{name} is not empty ({', '.join(full)} hold rows): name an empty database")


def _tables_of(connection: Connection, *, but: AbstractSet[str] = _OF_RUNNING_PROCESSES) -> Sequence[Table]:
    """Return our tables as the database has them, each after those it refers to."""
    found = MetaData()
    found.reflect(connection, only=lambda name, _: name in metadata.tables and name not in but)
    return found.sorted_tables


def _write_table(connection: Connection, table: Table, to: BinaryIO) -> int:
    _write_line(to, _TableLine(str(table.name), tuple(str(column.name) for column in table.columns)))
    count = 0
    rows = connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(
        select(table).order_by(*table.primary_key)
    )
    for row in rows:
        _write_line(to, tuple(row))
        count += 1
    return count


def _drop_empty_tables(connection: Connection) -> None:
    for table in reversed(_tables_of(connection, but=frozenset())):
        table.drop(connection)
    connection.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")


def _read_tables(connection: Connection, source: BinaryIO) -> dict[str, int]:
    counts: dict[str, int] = {}
    written: dict[str, int] | None = None
    opened = _TableLine("", ())
    for are_rows, lines in groupby(source, key=lambda line: line.startswith(b"[")):
        if are_rows:
            counts[opened.table] = _insert(connection, opened, lines)
            continue
        for line in lines:
            one = _decoded(line, _TableLine | _End)
            if isinstance(one, _End):
                written = one.rows
            else:
                opened = one
                counts[one.table] = 0
    if written != counts:
        raise StorageError("rows of the relational database are missing: use another backup")
    return counts


def _insert(connection: Connection, opened: _TableLine, lines: Iterable[bytes]) -> int:
    table = Table(opened.table, MetaData(), autoload_with=connection, resolve_fks=False)
    binary = [isinstance(table.c[name].type, LargeBinary) for name in opened.columns]
    rows = (
        {
            name: base64.b64decode(value) if is_binary and value is not None else value
            for name, is_binary, value in zip(opened.columns, binary, _row(opened, line), strict=True)
        }
        for line in lines
    )
    count = 0
    while batch := list(islice(rows, _ROWS_AT_ONCE)):
        connection.execute(table.insert(), batch)
        count += len(batch)
    return count


def _row(opened: _TableLine, line: bytes) -> list[Any]:
    """Return the values of a row: of another table's, whose own line is gone, there are not as many."""
    values: list[Any] = _decoded(line, list)
    if len(values) != len(opened.columns):
        raise StorageError(f"a row is not of {opened.table}, below which it stands: use another backup")
    return values


def _go_on_counting(connection: Connection, name: str) -> None:
    """Have PostgreSQL number the next row after the highest: rows that brought their numbers took none."""
    table = metadata.tables[name]
    counted = table.autoincrement_column
    if connection.dialect.name != "postgresql" or counted is None:
        return
    highest = connection.scalar(select(func.max(counted)))
    if highest is not None:
        connection.execute(
            text("SELECT setval(pg_get_serial_sequence(:table, :column), :highest)"),
            {"table": name, "column": counted.name, "highest": highest},
        )


def _write_line(to: BinaryIO, value: object) -> None:
    to.write(_encode(value) + b"\n")


def _decoded(line: bytes, kind: Any) -> Any:  # noqa: ANN401 - what msgspec takes and gives
    try:
        return msgspec.json.decode(line, type=kind)
    except msgspec.MsgspecError as error:
        raise StorageError(f"a row of the database cannot be read ({error}): use another backup") from error
