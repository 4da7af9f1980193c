"""Erasing one patient from the series file: every row of every table that names the patient or their series.

Bytes of deleted rows would stay in the file. `SqliteFile` zeroes them as it deletes, and its `wipe`
overwrites the pages that were given up whole, now or ever before, and the log. What was set aside without
being understood names no patient: it is found, and discarded, by its gateway.
"""

from sqlite3 import Connection
from typing import Final

from cloud.storage.points.slots import slot_of

__all__ = ["erase"]

_TABLES: Final = """
SELECT tables.name FROM sqlite_schema AS tables JOIN pragma_table_info(tables.name) AS columns
WHERE tables.type = 'table' AND columns.name = ?
"""
_OF_SLOTS: Final = ("hot_run", "block", "minute_sums", "hour_sums")


def erase(connection: Connection, patient_id: str) -> dict[str, int]:
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
    return {table: count for table, count in rows.items() if count}


def _tables(connection: Connection, column: str) -> list[str]:
    """Return the tables with such a column, whoever made them."""
    return [name for (name,) in connection.execute(_TABLES, (column,))]


def _delete(connection: Connection, which: str, *bounds: str | int) -> int:
    return connection.execute(f"DELETE FROM {which}", bounds).rowcount  # noqa: S608 - names of tables
