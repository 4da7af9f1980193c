"""Erasing one patient from the series file: every row of every table that names the patient or their series.

Bytes of deleted rows would stay in the file. `SqliteFile` zeroes them as it deletes, and its `wipe`
overwrites the pages that were given up whole, now or ever before, and the log. What was set aside without
being understood names no patient: it goes where it names a device that the patient wore when it came.
"""

from collections.abc import Sequence
from sqlite3 import Connection
from typing import Final

from cloud.ports import Discard, WornDevice
from cloud.storage.journal import discarded
from cloud.storage.points.slots import slot_of

__all__ = ["erase"]

_TABLES: Final = """
SELECT tables.name FROM sqlite_schema AS tables JOIN pragma_table_info(tables.name) AS columns
WHERE tables.type = 'table' AND columns.name = ?
"""
_NAMING: Final = """
SELECT id FROM quarantine WHERE instr(payload, ?) AND received_ms >= ? AND received_ms < ?
"""
_NEVER_MS: Final = 1 << 62
_OF_SLOTS: Final = ("hot_run", "block", "minute_sums", "hour_sums")


def erase(
    connection: Connection, patient_id: str, worn: Sequence[WornDevice] = (), *, at_ms: int = 0
) -> dict[str, int]:
    """Delete all rows of a patient, and return how many of each table."""
    rows = dict.fromkeys(_OF_SLOTS, 0)
    of_series = _tables(connection, "series_id")
    found = connection.execute("SELECT id FROM series WHERE patient_id = ?", (patient_id,)).fetchall()
    for (series_id,) in found:
        slots = (slot_of(series_id, 0), slot_of(series_id + 1, 0) - 1)
        for table in _OF_SLOTS:
            rows[table] += _delete(connection, f"{table} WHERE slot BETWEEN ? AND ?", *slots)
        for table in of_series:
            rows[table] = rows.get(table, 0) + _delete(connection, f"{table} WHERE series_id = ?", series_id)
    for table in _tables(connection, "patient_id"):
        rows[table] = _delete(connection, f"{table} WHERE patient_id = ?", patient_id)
    rows["quarantine"] = sum(_give_up(connection, one, at_ms) for one in worn)
    return {table: count for table, count in rows.items() if count}


def _give_up(connection: Connection, worn: WornDevice, at_ms: int) -> int:
    """Discard of what was set aside that which names a device and came while it was worn."""
    until_ms = _NEVER_MS if worn.until_ms is None else worn.until_ms
    named = (worn.device.encode(), worn.from_ms, until_ms)
    entries = [entry for (entry,) in connection.execute(_NAMING, named)]
    why = Discard(by="erasure", at_ms=at_ms, why="it was of somebody who was erased")
    return len(discarded.discard(connection, entries, why))


def _tables(connection: Connection, column: str) -> list[str]:
    """Return the tables with such a column, whoever made them."""
    return [name for (name,) in connection.execute(_TABLES, (column,))]


def _delete(connection: Connection, which: str, *bounds: str | int) -> int:
    return connection.execute(f"DELETE FROM {which}", bounds).rowcount  # noqa: S608 - names of tables
