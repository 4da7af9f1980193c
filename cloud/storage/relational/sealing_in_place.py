"""Sealing what was written before it was sealed: a column in one transaction, or not at all."""

from collections.abc import Sequence
from typing import Final

import structlog
from sqlalchemy import Connection, bindparam, exists, select, update

from cloud.sealing.sealed import is_sealed
from cloud.storage.relational.database import Database, insert_new
from cloud.storage.relational.sealed_rows import SEALED, SealedColumn
from cloud.storage.relational.sealer import RelationalSealer
from cloud.storage.relational.tables import sealed_column

__all__ = ["seal_in_place"]

_ROWS_AT_ONCE: Final = 500
_log = structlog.get_logger(__name__)


def seal_in_place(database: Database, sealer: RelationalSealer) -> None:
    """Seal each column that is not sealed throughout; what was readable is then gone from the file, too.

    Killed, it goes on with the column it was at; other processes that start meanwhile wait.
    """
    with database.read() as connection:
        done = frozenset(connection.scalars(select(sealed_column.c.name)))
    waiting = [one for one in SEALED if one.name not in done]
    if not waiting:
        return
    counts = {one.name: _sealed(database, sealer, one) for one in _with_rows(database, waiting)}
    if any(counts.values()):
        database.compact([one.table for one in SEALED if counts.get(one.name)])
        _log.info("seals.sealed_in_place", rows=sum(counts.values()))


def _with_rows(database: Database, waiting: Sequence[SealedColumn]) -> list[SealedColumn]:
    """Return those whose table holds anything; note the others, where nothing is readable, as sealed.

    In one transaction: a new database has them all, and an SD card is slow at each.
    """
    with database.write() as connection:
        holds = connection.execute(select(*(exists().select_from(one.table) for one in waiting))).one()
        with_rows = [one for one, any_row in zip(waiting, holds, strict=True) if any_row]
        for one in waiting:
            if one not in with_rows:
                insert_new(connection, sealed_column, {"name": one.name})
    return with_rows


def _sealed(database: Database, sealer: RelationalSealer, one: SealedColumn) -> int:
    with database.write() as connection:
        if not insert_new(connection, sealed_column, {"name": one.name}):
            return 0
        return _seal_all(connection, sealer, one)


def _seal_all(connection: Connection, sealer: RelationalSealer, one: SealedColumn) -> int:
    keys = tuple(one.table.primary_key)
    change = (
        update(one.table)
        .where(*(key == bindparam(f"of_{key.name}") for key in keys))
        .values({one.column: bindparam("closed")})
    )
    rows = connection.execute(select(one.table)).mappings().all()
    changes = [
        {f"of_{key.name}": row[key.name] for key in keys}
        | {"closed": sealer.seal(row[one.column], one.place_in(row), within=connection)}
        for row in rows
        if row[one.column] is not None and not is_sealed(row[one.column])
    ]
    for first in range(0, len(changes), _ROWS_AT_ONCE):
        connection.execute(change, changes[first : first + _ROWS_AT_ONCE])
    return len(changes)
