"""What the journal knows of points that lie in another store: which hours are not summed up there yet.

An hour is marked in the transaction that makes its points' records durable, and the mark goes once the
sums made after it are stored; so an hour without a mark is summed up exactly, whatever was killed when.
Only believed times are summed up beforehand; what wrong clocks stamped is known by its runs.
"""

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Final

from cloud.ports import LINE_PROTOCOL, IdentifiedRecord
from cloud.storage.journal.clock_runs import run_of
from cloud.storage.sqlite_file import SqliteFile
from vitals.errors import StorageError
from vitals.records import ObservationRun

__all__ = ["HOUR_MS", "PLACE_STEP", "STEP", "Hour", "OutlyingPoints", "OutlyingSeries", "mark", "note_run"]

HOUR_MS: Final = 3_600_000
_NEVER_MS: Final = 1 << 62
_ANY: Final = "*"
_NO_RUN: Final = -1  # of times that are doubted, by no clock that is known

STEP = """
CREATE TABLE unsummed_hour (
    patient_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    hour_ms INTEGER NOT NULL,
    marks INTEGER NOT NULL,
    PRIMARY KEY (patient_id, kind, hour_ms)
) WITHOUT ROWID;
CREATE INDEX unsummed_by_hour ON unsummed_hour (hour_ms, kind);
CREATE TABLE outlying_series (
    patient_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    clock_run INTEGER NOT NULL,
    oldest_hour_ms INTEGER NOT NULL,
    newest_hour_ms INTEGER NOT NULL,
    PRIMARY KEY (patient_id, kind, clock_run)
) WITHOUT ROWID;
INSERT INTO outlying_series SELECT '*', '*', id, 0, 0 FROM clock_run WHERE id != 0;
CREATE TABLE surveyed (
    from_ms INTEGER NOT NULL,
    any_summed INTEGER NOT NULL DEFAULT 0,
    expired_ms INTEGER NOT NULL DEFAULT 0
);
INSERT INTO surveyed (from_ms)
    SELECT CASE WHEN EXISTS (SELECT 1 FROM epoch) THEN 4611686018427387904 ELSE -4611686018427387904 END
"""
"""Of a file that was a journal before this step nobody knows which hours hold points: all wait to be
surveyed, and any run may be any patient's."""

PLACE_STEP = """
CREATE TABLE points_place (place TEXT);
INSERT INTO points_place SELECT CASE WHEN EXISTS (SELECT 1 FROM hot_run) THEN 'sqlite' END
"""
"""Where the points are that belong to this file; nobody knows while none is stored."""

_MARK = """
INSERT INTO unsummed_hour VALUES (?, ?, ?, 1) ON CONFLICT DO UPDATE SET marks = marks + 1
"""
_SEEN = """
INSERT INTO outlying_series VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
    oldest_hour_ms = min(oldest_hour_ms, excluded.oldest_hour_ms),
    newest_hour_ms = max(newest_hour_ms, excluded.newest_hour_ms)
WHERE excluded.oldest_hour_ms < oldest_hour_ms OR excluded.newest_hour_ms > newest_hour_ms
"""
_UNSUMMED = """
SELECT hour_ms FROM unsummed_hour
WHERE patient_id = ? AND kind = ? AND hour_ms >= ? AND hour_ms < ? ORDER BY hour_ms
"""
_WAITING = """
SELECT patient_id, kind, hour_ms, marks FROM unsummed_hour WHERE (hour_ms, kind) = (
    SELECT hour_ms, kind FROM unsummed_hour
    WHERE hour_ms < :before_ms AND hour_ms >= (SELECT expired_ms FROM surveyed)
    ORDER BY hour_ms DESC, kind LIMIT 1
) ORDER BY patient_id LIMIT :limit
"""
_SUMMED = "DELETE FROM unsummed_hour WHERE patient_id = ? AND kind = ? AND hour_ms = ? AND marks = ?"
_RUN = "SELECT id FROM clock_run WHERE boot_id = ? AND offset_ms = ? AND id != 0 ORDER BY id LIMIT 1"
_SERIES = """
SELECT patient_id, outlying_series.kind, clock_run, boot_id, offset_ms, shift_ms,
    oldest_hour_ms, newest_hour_ms
FROM outlying_series LEFT JOIN clock_run ON clock_run.id = outlying_series.clock_run
WHERE patient_id IN (SELECT value FROM json_each(?)) OR patient_id = '*' ORDER BY clock_run
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlyingSeries:
    """One kind of one patient, stamped by one clock: `run` is `None` if it was none known to be wrong.

    Its first and its last hour are as the clock stamped them; `shift_ms` puts them right, if it is known.
    """

    patient_id: str
    kind: str
    run: tuple[str, int] | None
    shift_ms: int | None
    oldest_hour_ms: int
    newest_hour_ms: int

    def may_hold(self, patient_id: str, kind: str) -> bool:
        """Tell whether points of a patient and kind may be in it."""
        return self.patient_id in {patient_id, _ANY} and self.kind in {kind, _ANY}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """An hour of one kind of one patient whose sums are not, or no longer, right; `marks` tells how often."""

    patient_id: str
    kind: str
    hour_ms: int
    marks: int


def note_run(connection: Connection, item: IdentifiedRecord, run: ObservationRun) -> None:
    """Note in a commit's transaction where the points of a record lie that are kept elsewhere."""
    patient_id = item.patient_id or ""
    hours_ms = {_hour_of(t_ms) for t_ms in run.t_ms}
    if item.clock is None and item.clock_doubt is None:
        mark(connection, patient_id, run.kind, hours_ms)
    else:
        number = run_of(connection, item) if item.clock else _NO_RUN
        connection.execute(_SEEN, (patient_id, run.kind, number, min(hours_ms), max(hours_ms)))


def mark(connection: Connection, patient_id: str, kind: str, hours_ms: Iterable[int]) -> None:
    """Say that points of these hours were written, of times that are believed."""
    hours = sorted(hours_ms)
    connection.executemany(_MARK, [(patient_id, kind, hour_ms) for hour_ms in hours])
    connection.execute(_SEEN, (patient_id, kind, 0, hours[0], hours[-1]))


class OutlyingPoints:
    """Asks and answers about points elsewhere, in the journal's file."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    def series(self, patient_ids: Iterable[str]) -> Sequence[OutlyingSeries]:
        """Return what is known of the series of these patients, and what may be anybody's."""
        with self._file.read() as connection:
            rows = connection.execute(_SERIES, (json.dumps([*patient_ids]),))
            return tuple(
                OutlyingSeries(
                    patient_id=patient_id,
                    kind=kind,
                    run=(boot_id, offset_ms) if number > 0 else None,
                    shift_ms=shift_ms,
                    oldest_hour_ms=oldest_ms,
                    newest_hour_ms=newest_ms,
                )
                for patient_id, kind, number, boot_id, offset_ms, shift_ms, oldest_ms, newest_ms in rows
            )

    def unsummed(self, patient_id: str, kind: str, from_ms: int, to_ms: int) -> list[tuple[int, int]]:
        """Return the spans of a range that hold hours not summed up yet: apart, oldest first."""
        with self._file.read() as connection:
            ((surveyed_ms, expired_ms),) = connection.execute("SELECT from_ms, expired_ms FROM surveyed")
            surveyed_ms, from_ms = min(surveyed_ms, to_ms), max(from_ms, expired_ms)
            first_ms = max(_hour_of(from_ms), surveyed_ms)
            marked = connection.execute(_UNSUMMED, (patient_id, kind, first_ms, to_ms))
            spans = [(from_ms, surveyed_ms)] if surveyed_ms > from_ms else []
            for (hour_ms,) in marked:
                start, end = max(hour_ms, from_ms), min(hour_ms + HOUR_MS, to_ms)
                if spans and spans[-1][1] == start:
                    start = spans.pop()[0]
                spans.append((start, end))
            return spans

    def waiting(self, before_ms: int, limit: int) -> Sequence[Hour]:
        """Return up to `limit` patients' hours to sum up, all of one hour before `before_ms` and one kind."""
        with self._file.read() as connection:
            rows = connection.execute(_WAITING, {"before_ms": before_ms, "limit": limit})
            return tuple(
                Hour(patient_id=patient_id, kind=kind, hour_ms=hour_ms, marks=marks)
                for patient_id, kind, hour_ms, marks in rows
            )

    def waiting_count(self) -> int:
        """Count the hours that are not summed up."""
        with self._file.read() as connection:
            (count,) = connection.execute("SELECT count(*) FROM unsummed_hour").fetchone()
            return int(count)

    def summed(self, hours: Iterable[Hour]) -> None:
        """Say that the sums of these hours are stored; one that was marked meanwhile keeps waiting."""
        with self._file.write() as connection:
            rows = [(hour.patient_id, hour.kind, hour.hour_ms, hour.marks) for hour in hours]
            connection.executemany(_SUMMED, rows)
            connection.execute("UPDATE surveyed SET any_summed = 1")

    def surveyed_ms(self) -> int:
        """Return from when on every hour that holds points is known; before it, any may."""
        with self._file.read() as connection:
            return _surveyed_ms(connection)

    def survey(self, from_ms: int, found: Iterable[tuple[str, str, int]]) -> None:
        """Note in which hours `(patient, kind, hour)` points were found: all there are from `from_ms` on."""
        with self._file.write() as connection:
            for patient_id, kind, hour_ms in found:
                mark(connection, patient_id, kind, [hour_ms])
            connection.execute("UPDATE surveyed SET from_ms = ?", (from_ms,))

    def note(
        self,
        patient_id: str,
        kind: str,
        hours_ms: Collection[int],
        run: tuple[str, int] | None,
        *,
        doubted: bool,
    ) -> None:
        """Note that points of these hours were written elsewhere, as a commit of their records would.

        Raises
        ------
        StorageError
            If the run is none that is known here.
        """
        with self._file.write() as connection:
            if run is None and not doubted:
                mark(connection, patient_id, kind, hours_ms)
                return
            number = _NO_RUN if run is None else _known_run(connection, run)
            connection.execute(_SEEN, (patient_id, kind, number, min(hours_ms), max(hours_ms)))

    def expire(self, before_ms: int) -> None:
        """Say that points before an hour are let go of: its sums stay what they are, whatever comes late."""
        with self._file.write() as connection:
            connection.execute("UPDATE surveyed SET expired_ms = max(expired_ms, ?)", (before_ms,))
            connection.execute("DELETE FROM unsummed_hour WHERE hour_ms < ?", (before_ms,))

    def runs(self) -> dict[tuple[str, int], int | None]:
        """Return how far each wrong clock was off, as far as it is known, by boot and offset."""
        with self._file.read() as connection:
            rows = connection.execute("SELECT boot_id, offset_ms, shift_ms FROM clock_run WHERE id != 0")
            return {(boot_id, offset_ms): shift_ms for boot_id, offset_ms, shift_ms in rows}

    def forget_lines(self, is_theirs: Callable[[bytes], bool]) -> int:
        """Erase lines a store refused, where `is_theirs` says so of one; return how many those were."""
        with self._file.write() as connection:
            rows = connection.execute(
                "SELECT id, payload FROM quarantine WHERE content_type = ?", (LINE_PROTOCOL,)
            ).fetchall()
            theirs = [(number,) for number, payload in rows if is_theirs(payload)]
            connection.executemany("DELETE FROM quarantine WHERE id = ?", theirs)
            return len(theirs)

    def lose_sums(self) -> bool:
        """Say that no sums are stored at all; tell whether there were: their hours wait to be surveyed."""
        with self._file.write() as connection:
            lost = "UPDATE surveyed SET from_ms = ?, any_summed = 0 WHERE any_summed"
            return connection.execute(lost, (_NEVER_MS,)).rowcount > 0

    def is_unused(self) -> bool:
        """Tell whether no point was ever stored elsewhere."""
        with self._file.read() as connection:
            (used,) = connection.execute("SELECT EXISTS (SELECT 1 FROM outlying_series)").fetchone()
            return not used and _surveyed_ms(connection) < 0


def _hour_of(t_ms: int) -> int:
    return t_ms - t_ms % HOUR_MS


def _known_run(connection: Connection, run: tuple[str, int]) -> int:
    found = connection.execute(_RUN, run).fetchone()
    if found is None:
        raise StorageError(f"the series file knows no clock of boot {run[0]!r} that was wrong by {run[1]} ms")
    return int(found[0])


def _surveyed_ms(connection: Connection) -> int:
    ((from_ms,),) = connection.execute("SELECT from_ms FROM surveyed")
    return int(from_ms)
