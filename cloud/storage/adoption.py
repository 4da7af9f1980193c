"""What a device measured while nobody was bound to it goes to who wore it then, as its bindings say now.

An hour of a series goes in one transaction; cut off anywhere, the rest goes when it is asked for again. What
the wearer has already of the same moment stays as it is. What cannot be given away stays under nobody: times
of a clock that nobody knows how to put right, and hours of which only the sums are left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cloud.ports import Adopted, Wearing
from cloud.storage.journal import unbound
from cloud.storage.points import closed_hours, hot_runs, latest
from cloud.storage.points.columns import HOUR_MS, Points
from cloud.storage.points.observations import Stretch
from cloud.storage.points.series_numbers import Numbering, SeriesNumbers
from cloud.storage.points.slots import hour_of, slot_of
from cloud.storage.sqlite_file import SqliteFile
from vitals.wire.envelope import decode_record

__all__ = ["adopt"]

_NOBODY: Final = ""

_SERIES = """
SELECT series.id, series.kind, series.clock_doubt, series.clock_run, clock_run.shift_ms
FROM series JOIN clock_run ON clock_run.id = series.clock_run
WHERE series.patient_id = '' AND series.device = ? AND clock_run.shift_ms IS NOT NULL
"""
_SLOTS = """
SELECT slot FROM block WHERE slot BETWEEN :first AND :last
UNION SELECT slot FROM hot_run WHERE slot BETWEEN :first AND :last ORDER BY slot
"""
_EMPTY = (
    "DELETE FROM block WHERE slot = ?",
    "DELETE FROM hot_run WHERE slot = ?",
    "DELETE FROM minute_sums WHERE slot = ?",
    "DELETE FROM hour_sums WHERE slot = ?",
)
_STRIPS = "SELECT id, t0_ms, end_ms FROM strip WHERE series_id = ? ORDER BY id"
_MOVE_STRIP = "UPDATE OR IGNORE strip SET series_id = ? WHERE id = ?"
_LONGEST = "UPDATE series SET longest_strip_ms = max(longest_strip_ms, ?) WHERE id = ?"
_NUMBERS = "SELECT id FROM series WHERE patient_id = '' AND device = ?"
_ANY_STRIP = "SELECT 1 FROM strip WHERE series_id = ? LIMIT 1"
_EVENTS = """
SELECT event.t_ms, event.gateway, event_id, phase, body, shift_ms
FROM event JOIN clock_run ON clock_run.id = event.clock_run
WHERE patient_id = '' AND shift_ms IS NOT NULL
"""
_MOVE_EVENT = """
UPDATE OR IGNORE event SET patient_id = ?
WHERE patient_id = '' AND t_ms = ? AND gateway = ? AND event_id = ? AND phase = ?
"""
_GAPS = """
SELECT kind, from_ms, to_ms, reason, shift_ms FROM gap JOIN clock_run ON clock_run.id = gap.clock_run
WHERE patient_id = '' AND device = ? AND shift_ms IS NOT NULL
"""
_MOVE_GAP = """
UPDATE OR IGNORE gap SET patient_id = ?
WHERE patient_id = '' AND kind = ? AND from_ms = ? AND to_ms = ? AND reason = ? AND device = ?
"""


@dataclass(frozen=True, slots=True)
class _Wearers:
    """Who wore a device when, to be asked for many moments at once."""

    wearings: Sequence[Wearing]

    def at(self, t_ms: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the place of each moment's wearing, counted from 1; 0: nobody wore it."""
        begun = np.array([wearing.from_ms for wearing in self.wearings], np.int64)
        is_worn = np.array([False, *(wearing.patient_id is not None for wearing in self.wearings)])
        places = np.searchsorted(begun, t_ms, side="right")
        return np.where(is_worn[places], places, 0)

    def one_at(self, t_ms: int) -> str:
        """Return who wore it at a moment; nobody is the empty patient."""
        return self.of(int(self.at(np.array([t_ms]))[0]))

    def of(self, place: int) -> str:
        """Return whose wearing is at a place; nobody is the empty patient."""
        return (self.wearings[place - 1].patient_id or _NOBODY) if place else _NOBODY


@dataclass(frozen=True, slots=True)
class _Series:
    """A series of nobody's."""

    id: int
    kind: str
    clock_doubt: str
    clock_run: int
    shift_ms: int

    def of(self, numbering: Numbering, patient_id: str, device: str) -> int:
        """Return the number of the same series of a patient."""
        return numbering.number((patient_id, self.kind, device, self.clock_doubt, self.clock_run))


def adopt(file: SqliteFile, numbers: SeriesNumbers, device: str, wearings: Sequence[Wearing]) -> Adopted:
    """Give away what is kept of a device under nobody, as far as somebody wore it.

    Raises
    ------
    StorageError
        If the file refuses, or an hour is damaged: what went before that stays with its wearer.
    """
    wearers = _Wearers(wearings)
    with file.read() as connection:
        found = [_Series(*row) for row in connection.execute(_SERIES, (device,))]
        hours = [(series, slot) for series in found for slot in _slots(connection, series.id)]
    points = strips = 0
    for series, slot in hours:
        with file.write() as connection:
            numbering = numbers.within(connection)
            points += _give_hour(connection, numbering, (series, slot), device, wearers)
        numbers.keep(numbering)
    for series in found:
        with file.write() as connection:
            numbering = numbers.within(connection)
            strips += _give_strips(connection, numbering, series, device, wearers)
            _settle_latest(connection, series)
        numbers.keep(numbering)
    with file.write() as connection:
        events = _give_events(connection, device, wearers)
        gaps = _give_gaps(connection, device, wearers)
        if not _has_more(connection, device):
            unbound.forget(connection, device)
    return Adopted(points=points, strips=strips, events=events, gaps=gaps)


def _has_more(connection: Connection, device: str) -> bool:
    """Tell whether anything of a device is left under nobody."""
    numbers = [number for (number,) in connection.execute(_NUMBERS, (device,))]
    return any(
        _slots(connection, number) or connection.execute(_ANY_STRIP, (number,)).fetchone()
        for number in numbers
    )


def _slots(connection: Connection, number: int) -> list[int]:
    """Return the hours of a series that hold points, oldest first."""
    bounds = {"first": slot_of(number, 0), "last": slot_of(number + 1, 0) - 1}
    return [slot for (slot,) in connection.execute(_SLOTS, bounds)]


def _give_hour(
    connection: Connection, numbering: Numbering, place: tuple[_Series, int], device: str, wearers: _Wearers
) -> int:
    series, slot = place
    if closed_hours.summed(connection, slot, slot) and not closed_hours.counts(connection, slot, slot):
        return 0
    points = _points(connection, series.id, slot)
    owners = wearers.at(points.t_ms + series.shift_ms)
    if not owners.any():
        return 0
    for statement in _EMPTY:
        connection.execute(statement, (slot,))
    given = 0
    for owner in np.unique(owners).tolist():
        theirs = points.at(owners == owner)
        patient_id = wearers.of(owner)
        number = series.of(numbering, patient_id, device) if owner else series.id
        known = _points(connection, number, slot_of(number, hour_of(slot)))
        new = theirs.at(~np.isin(theirs.t_ms, known.t_ms))
        _append(connection, number, new)
        given += len(theirs) if owner else 0
    return given


def _points(connection: Connection, number: int, slot: int) -> Points:
    from_ms = hour_of(slot)
    return Stretch(connection, number, from_ms, from_ms + HOUR_MS).points([slot])


def _append(connection: Connection, number: int, points: Points) -> None:
    if len(points):
        of_point = np.full(len(points), number, np.int64)
        hot_runs.append(connection, of_point, points)
        latest.note(connection, of_point, points)


def _settle_latest(connection: Connection, series: _Series) -> None:
    connection.execute("DELETE FROM latest WHERE series_id = ?", (series.id,))
    for slot in _slots(connection, series.id)[-1:]:
        left = _points(connection, series.id, slot)
        latest.note(connection, np.full(len(left), series.id, np.int64), left)


def _give_strips(
    connection: Connection, numbering: Numbering, series: _Series, device: str, wearers: _Wearers
) -> int:
    given = 0
    for strip, t0_ms, end_ms in connection.execute(_STRIPS, (series.id,)).fetchall():
        patient_id = wearers.one_at(t0_ms + series.shift_ms)
        if patient_id:
            number = series.of(numbering, patient_id, device)
            given += connection.execute(_MOVE_STRIP, (number, strip)).rowcount
            connection.execute(_LONGEST, (end_ms - t0_ms, number))
    return given


def _give_events(connection: Connection, device: str, wearers: _Wearers) -> int:
    given = 0
    for *key, body, shift_ms in connection.execute(_EVENTS).fetchall():
        patient_id = wearers.one_at(key[0] + shift_ms)
        if patient_id and getattr(decode_record(body), "device", None) == device:
            given += connection.execute(_MOVE_EVENT, (patient_id, *key)).rowcount
    return given


def _give_gaps(connection: Connection, device: str, wearers: _Wearers) -> int:
    given = 0
    for *key, shift_ms in connection.execute(_GAPS, (device,)).fetchall():
        patient_id = wearers.one_at(key[1] + shift_ms)
        if patient_id:
            given += connection.execute(_MOVE_GAP, (patient_id, *key, device)).rowcount
    return given
