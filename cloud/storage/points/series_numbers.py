"""Which number each series goes by, remembered between commits."""

from sqlite3 import Connection
from typing import Final

from cloud.ports import IdentifiedRecord
from cloud.storage.journal.clock_runs import run_of
from vitals.records import ObservationRun, Waveform

__all__ = ["Numbering", "SeriesKey", "SeriesNumbers", "number_of", "wearer"]

SeriesKey = tuple[str, str, str, str, int]
"""Patient, kind, device, doubt of the clock (empty: none), run of a wrong clock (0: it was right)."""

_NOBODY: Final = ""  # the patient of what a device measured while nobody was bound to it
_MOST: Final = 100_000

_FIND = """
SELECT id FROM series
WHERE patient_id = ? AND kind = ? AND device = ? AND clock_doubt = ? AND clock_run = ?
"""
_MAKE = """
INSERT INTO series (patient_id, kind, device, clock_doubt, clock_run) VALUES (?, ?, ?, ?, ?) RETURNING id
"""


class SeriesNumbers:
    """What is known of a file's numbers. Only `keep` adds to it, once a transaction is durable."""

    def __init__(self) -> None:
        self._known: dict[SeriesKey, int] = {}
        self._seen_version: int | None = None

    def within(self, connection: Connection) -> "Numbering":
        """Return what numbers series in one write transaction; others may have erased some meanwhile."""
        (version,) = connection.execute("PRAGMA data_version").fetchone()
        if version != self._seen_version or len(self._known) > _MOST:
            self.forget()
        self._seen_version = version
        return Numbering(connection, self._known)

    def keep(self, numbering: "Numbering") -> None:
        """Remember what a transaction that is durable now has found and made."""
        numbering.known.update(numbering.found)

    def forget(self) -> None:
        """Forget all, what is being numbered now included: series were erased."""
        self._known = {}


class Numbering:
    """Numbers series inside one write transaction."""

    def __init__(self, connection: Connection, known: dict[SeriesKey, int]) -> None:
        self._connection = connection
        self.known = known
        self.found: dict[SeriesKey, int] = {}

    def number(self, key: SeriesKey) -> int:
        """Return the number of a series; one that is new gets one."""
        number = self.known.get(key) or self.found.get(key)
        if number is None:
            row = self._connection.execute(_FIND, key).fetchone()
            number = int((row or self._connection.execute(_MAKE, key).fetchone())[0])
            self.found[key] = number
        return number


def wearer(item: IdentifiedRecord) -> str:
    """Return the patient a record is kept under: the empty one if nobody wore the device."""
    return item.patient_id or _NOBODY


def number_of(
    connection: Connection, numbering: Numbering, item: IdentifiedRecord, record: ObservationRun | Waveform
) -> int:
    """Return the number of the series that an item's run or strip belongs to."""
    clock_run = run_of(connection, item) if item.clock else 0
    return numbering.number((wearer(item), record.kind, record.device, item.clock_doubt or "", clock_run))
