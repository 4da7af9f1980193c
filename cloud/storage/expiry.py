"""Letting go of what is older than it is to be kept, patient after patient.

Points go by the time they were true, events and reports by the time they were received. What bears a time
that is not believed cannot be told to be old: it stays.
"""

from collections import Counter
from sqlite3 import Connection
from typing import Final

from cloud.ports import Discard, Retention
from cloud.storage.journal import discarded
from cloud.storage.points.columns import HOUR_MS
from cloud.storage.points.latest import IS_BELIEVED
from cloud.storage.points.slots import slot_of

__all__ = ["expire"]

_MOST_PATIENTS: Final = 50
_MOST_ENTRIES: Final = 200
_BY: Final = "retention"
_DAY_MS: Final = 24 * HOUR_MS
_EARLIEST_MS: Final = 1_577_836_800_000  # 2020: no earlier time is believed
_TABLES_OF_PATIENTS: Final = ("series", "event", "gap", "device_report")

_NEXT = " UNION ".join(
    f"SELECT * FROM (SELECT DISTINCT patient_id FROM {table} "  # noqa: S608 - names of tables
    "WHERE patient_id > :after ORDER BY patient_id LIMIT :most)"
    for table in _TABLES_OF_PATIENTS
)
_SERIES = f"""
SELECT series.id, clock_run.shift_ms FROM series JOIN clock_run ON clock_run.id = series.clock_run
WHERE series.patient_id = ? AND {IS_BELIEVED}
"""  # noqa: S608 - a constant
_OF_SLOTS: Final = (("block", "points_days"), ("minute_sums", "minutes_days"), ("hour_sums", "hours_days"))
_OF_SERIES: Final = (
    ("DELETE FROM latest WHERE series_id = ? AND t_ms < ?", "latest", "hours_days"),
    ("DELETE FROM strip WHERE series_id = ? AND t0_ms < ?", "strip", "strips_days"),
)
_GAPS = f"""
DELETE FROM gap WHERE patient_id = ? AND from_ms >= {_EARLIEST_MS}
    AND to_ms < ? - (SELECT shift_ms FROM clock_run WHERE id = gap.clock_run)
"""  # noqa: S608 - a constant
_OF_PATIENT: Final = (
    ("DELETE FROM event WHERE patient_id = ? AND received_ms < ?", "event", "events_days"),
    (_GAPS, "gap", "hours_days"),
    ("DELETE FROM device_report WHERE patient_id = ? AND received_ms < ?", "device_report", "reports_days"),
)
_SET_ASIDE = """
SELECT id FROM (SELECT id, received_ms FROM quarantine ORDER BY id LIMIT ?) WHERE received_ms < ?
"""
_GATEWAY_REPORTS = "DELETE FROM gateway_report WHERE gateway = ? AND received_ms < ?"


class _Letting:
    """One step of letting go, and how many rows of each sort it let go of."""

    def __init__(self, connection: Connection, now_ms: int, retention: Retention) -> None:
        self._connection = connection
        self._now_ms = now_ms
        self._retention = retention
        self.rows: Counter[str] = Counter()

    def of_gateways(self) -> None:
        """Let go of what gateways said of themselves."""
        cut_ms = self._cut_ms("reports_days")
        if cut_ms is not None:
            heard = self._connection.execute("SELECT gateway FROM heard_gateway").fetchall()
            found = self._connection.executemany(_GATEWAY_REPORTS, [(each, cut_ms) for (each,) in heard])
            self.rows["gateway_report"] += found.rowcount

    def of_quarantine(self) -> None:
        """Let go of what was set aside longest ago, as somebody would who gives it up: that stays known."""
        cut_ms, days = self._cut_ms("quarantine_days"), self._retention.quarantine_days
        if cut_ms is not None:
            why = Discard(by=_BY, at_ms=self._now_ms, why=f"kept for {days} days and replayed by nobody")
            entries = [entry for (entry,) in self._connection.execute(_SET_ASIDE, (_MOST_ENTRIES, cut_ms))]
            self.rows["quarantine"] += len(discarded.discard(self._connection, entries, why))

    def of_patient(self, patient_id: str) -> None:
        """Let go of what is old of one patient."""
        for statement, sort, days in _OF_PATIENT:
            cut_ms = self._cut_ms(days)
            if cut_ms is not None:
                self._delete(sort, statement, (patient_id, cut_ms))
        for series_id, shift_ms in self._connection.execute(_SERIES, (patient_id,)).fetchall():
            self._of_series(series_id, shift_ms)

    def _of_series(self, series_id: int, shift_ms: int) -> None:
        for statement, sort, days in _OF_SERIES:
            cut_ms = self._cut_ms(days)
            if cut_ms is not None:
                self._delete(sort, statement, (series_id, cut_ms - shift_ms))
        for table, days in _OF_SLOTS:
            cut_ms = self._cut_ms(days)
            last_hour_ms = -1 if cut_ms is None else cut_ms - shift_ms - HOUR_MS
            if last_hour_ms >= 0:
                slots = (slot_of(series_id, 0), slot_of(series_id, last_hour_ms))
                self._delete(table, f"DELETE FROM {table} WHERE slot BETWEEN ? AND ?", slots)  # noqa: S608

    def _delete(self, sort: str, statement: str, bounds: tuple[str | int, int]) -> None:
        self.rows[sort] += self._connection.execute(statement, bounds).rowcount

    def _cut_ms(self, days: str) -> int | None:
        kept = getattr(self._retention, days)
        return None if kept is None else self._now_ms - kept * _DAY_MS


def expire(
    connection: Connection, now_ms: int, retention: Retention, after: str | None
) -> tuple[dict[str, int], str | None]:
    """Let go of what is old of the patients after `after`, from the first on if it is None.

    Return how many rows of each sort went, and the patient to go on after; None: that was the last.
    """
    letting = _Letting(connection, now_ms, retention)
    found = connection.execute(_NEXT, {"after": after or "", "most": _MOST_PATIENTS}).fetchall()
    patients = sorted(patient for (patient,) in found)[:_MOST_PATIENTS]
    if after is None:
        letting.of_gateways()
        letting.of_quarantine()
        letting.of_patient("")  # what devices measured while nobody was bound to them
    for patient_id in patients:
        letting.of_patient(patient_id)
    rows = {sort: count for sort, count in letting.rows.items() if count}
    return rows, patients[-1] if len(patients) == _MOST_PATIENTS else None
