"""The ledger on a relational database: deeds are written down at once, and entered in the tree in turn.

Writing down is a row in the transaction of what it tells of: it waits for nobody. Entering gives a deed its
number, pseudonyms and salt, and hashes it: one process at a time, a batch at a time, within a moment.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from cloud.ledger.entries import SALT_BYTES, UNNAMED, Entry, about_hash, encode_entry
from cloud.ledger.tree import grown
from cloud.ports import LedgerNote
from cloud.storage.relational.database import Database, take_turns
from cloud.storage.relational.ledger_tiles import StoredTiles
from cloud.storage.relational.ledger_writing import write_down
from cloud.storage.relational.tables import (
    ledger_entry,
    ledger_node,
    ledger_pseudonym,
    ledger_waiting,
)
from vitals.ledger.merkle import leaf_hash

__all__ = ["ENTERED_AT_ONCE", "PATIENT", "PERSON", "RelationalLedger", "enter_waiting", "forget_in_ledger"]

ENTERED_AT_ONCE: Final = 1_000
PERSON: Final = "person"
PATIENT: Final = "patient"
_PSEUDONYM_BYTES: Final = 16

Randomness = Callable[[int], bytes]
_Subject = tuple[str, str]
"""Sort and id of who has a pseudonym."""


class RelationalLedger:
    """The Ledger port on a relational database, and what enters what was written down."""

    def __init__(self, database: Database, randomness: Randomness) -> None:
        self._database = database
        self._randomness = randomness

    def append(self, note: LedgerNote) -> None:
        """Write a deed down, in the transaction this thread is in if it is in one."""
        self.append_all([note])

    def append_all(self, notes: Sequence[LedgerNote]) -> None:
        """Write several down, all or none."""
        with self._database.write() as connection:
            write_down(connection, notes)

    def enter(self) -> int:
        """Enter in the tree what waits, if anything does, and return how much it was.

        Raises
        ------
        StorageError
            If the database refuses, or the tree lacks hashes: what waits goes on waiting.
        """
        entered = 0
        while self._is_waiting():
            with self._database.write() as connection:
                entered += enter_waiting(connection, self._randomness)
        return entered

    def waiting(self) -> int:
        """Return how many deeds are written down and not entered."""
        with self._database.read() as connection:
            return connection.scalar(select(func.count()).select_from(ledger_waiting)) or 0

    def _is_waiting(self) -> bool:
        with self._database.read() as connection:
            return connection.scalar(select(ledger_waiting.c.id).limit(1)) is not None


def enter_waiting(connection: Connection, randomness: Randomness) -> int:
    """Enter a batch of what waits, in the transaction of `connection`; return how much it was."""
    take_turns(connection, ledger_entry)
    first = select(ledger_waiting.c.id).order_by(ledger_waiting.c.id).limit(ENTERED_AT_ONCE)
    taken = connection.execute(
        delete(ledger_waiting).where(ledger_waiting.c.id.in_(first)).returning(*ledger_waiting.c)
    ).all()
    if not taken:
        return 0
    tiles = StoredTiles(connection)
    size = tiles.size()
    waiting = sorted(taken, key=lambda row: row.id)
    names = _pseudonyms(connection, {each for row in waiting for each in _subjects(row)}, randomness)
    rows = [_entered(row, size + at, names, randomness) for at, row in enumerate(waiting)]
    nodes = grown(tiles, size, [row["leaf"] for row in rows])
    full = [{"level": node.level, "position": node.position, "hash": node.hash} for node in nodes]
    connection.execute(insert(ledger_entry), rows)
    if full:
        connection.execute(insert(ledger_node), full)
    return len(rows)


def forget_in_ledger(
    connection: Connection, patient_id: str, person_ids: Sequence[str], randomness: Randomness
) -> int:
    """Destroy what names a patient, and those who sign in as them; return how many entries name nobody now.

    Everything written down is entered first: no deed is lost by that, and the tree stays as it is.
    """
    while enter_waiting(connection, randomness):
        pass
    book = ledger_pseudonym.c
    whose = (book.sort == PATIENT) & (book.subject == patient_id)
    theirs = ledger_entry.c.patient.in_(select(book.pseudonym).where(whose))
    emptied = connection.execute(update(ledger_entry).where(theirs).values(salt=None, about=None)).rowcount
    connection.execute(
        delete(ledger_pseudonym).where(or_(whose, (book.sort == PERSON) & book.subject.in_(person_ids)))
    )
    return emptied


def _subjects(row: Row[Any]) -> list[_Subject]:
    actor = [] if row.actor in UNNAMED else [(PERSON, row.actor)]
    return actor if row.patient_id is None else [*actor, (PATIENT, row.patient_id)]


def _entered(
    row: Row[Any], number: int, names: dict[_Subject, str], randomness: Randomness
) -> dict[str, Any]:
    """Return the row of an entry."""
    salt = randomness(SALT_BYTES)
    patient = None if row.patient_id is None else names[PATIENT, row.patient_id]
    line = encode_entry(
        Entry(
            number=number,
            t_ms=row.t_ms,
            deed=row.deed,
            actor=row.actor if row.actor in UNNAMED else names[PERSON, row.actor],
            patient=patient,
            about=about_hash(salt, row.about),
        )
    )
    return {
        "number": number,
        "leaf": leaf_hash(line),
        "line": line,
        "patient": patient,
        "salt": salt,
        "about": row.about,
    }


def _pseudonyms(
    connection: Connection, subjects: set[_Subject], randomness: Randomness
) -> dict[_Subject, str]:
    """Return everybody's pseudonym; who has none gets one."""
    book = ledger_pseudonym.c
    ids = {subject for _, subject in subjects}
    found = connection.execute(select(book.sort, book.subject, book.pseudonym).where(book.subject.in_(ids)))
    names = {(row.sort, row.subject): row.pseudonym for row in found}
    fresh = {each: randomness(_PSEUDONYM_BYTES).hex() for each in sorted(subjects - names.keys())}
    if fresh:
        rows = [{"sort": sort, "subject": who, "pseudonym": name} for (sort, who), name in fresh.items()]
        connection.execute(insert(ledger_pseudonym), rows)
    return names | fresh
