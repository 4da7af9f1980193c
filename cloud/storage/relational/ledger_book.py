"""What is read of the ledger: entries, roots and proofs, signed heads, and what witnesses say."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from cloud.ledger.tree import Tree
from cloud.ports import Recorded, WitnessWord
from cloud.storage.relational.database import Database, take_turns, upsert
from cloud.storage.relational.ledger import PATIENT, PERSON
from cloud.storage.relational.ledger_tiles import StoredTiles
from cloud.storage.relational.tables import (
    ledger_entry,
    ledger_head,
    ledger_origin,
    ledger_pseudonym,
    ledger_witness,
)
from vitals.ledger.heads import TreeHead, decode_head, encode_head

__all__ = ["RelationalLedgerBook"]

_THE_ONE: Final = 1
_ORIGIN_BYTES: Final = 8
_BY_ACTOR: Final = ledger_pseudonym.c


class RelationalLedgerBook:
    """The LedgerBook port on a relational database."""

    def __init__(self, database: Database, randomness: Callable[[int], bytes]) -> None:
        self._database = database
        self._randomness = randomness

    @contextmanager
    def tree(self) -> Iterator[Tree]:
        """Give the tree as it is now, for as long as it takes to read of it."""
        with self._database.read() as connection:
            yield _tree(connection)

    @contextmanager
    def turn(self) -> Iterator[Tree]:
        """Give the tree to one at a time: nothing is entered, and no head is added by others, meanwhile."""
        with self._database.together(), self._database.write() as connection:
            take_turns(connection, ledger_entry)
            yield _tree(connection)

    def origin(self) -> tuple[str, int]:
        """Return the ledger's name for good, and its epoch; the first who asks gives the name."""
        with self._database.read() as connection:
            found = connection.execute(select(ledger_origin.c.origin, ledger_origin.c.epoch)).first()
        if found is not None:
            return found.origin, found.epoch
        with self._database.write() as connection:
            take_turns(connection, ledger_entry)
            if connection.scalar(select(ledger_origin.c.id)) is None:
                name = f"carewire-{self._randomness(_ORIGIN_BYTES).hex()}"
                connection.execute(insert(ledger_origin).values(id=_THE_ONE, origin=name, epoch=0))
        return self.origin()

    def begin_epoch(self, epoch: int) -> None:
        """Have heads say from now on that a backup was restored; an epoch only rises."""
        self.origin()
        with self._database.write() as connection:
            connection.execute(update(ledger_origin).where(ledger_origin.c.epoch < epoch).values(epoch=epoch))

    def recorded(self, number: int) -> Recorded | None:
        """Return an entry, or None."""
        found = self._recorded(select(ledger_entry).where(ledger_entry.c.number == number))
        return found[0] if found else None

    def entries(self, first: int, limit: int) -> Sequence[Recorded]:
        """Return entries from a number on, in order."""
        query = select(ledger_entry).where(ledger_entry.c.number >= first)
        return self._recorded(query.order_by(ledger_entry.c.number).limit(limit))

    def of_patient(self, patient_id: str, before: int | None, limit: int) -> Sequence[Recorded]:
        """Return a patient's entries of lower numbers than `before`, newest first."""
        name = select(_BY_ACTOR.pseudonym).where(_BY_ACTOR.sort == PATIENT, _BY_ACTOR.subject == patient_id)
        query = select(ledger_entry).where(ledger_entry.c.patient == name.scalar_subquery())
        if before is not None:
            query = query.where(ledger_entry.c.number < before)
        return self._recorded(query.order_by(ledger_entry.c.number.desc()).limit(limit))

    def is_about(self, number: int, patient_id: str) -> bool:
        """Tell whether an entry is about a patient."""
        query = select(ledger_entry.c.number).where(
            ledger_entry.c.number == number,
            ledger_entry.c.patient == _BY_ACTOR.pseudonym,
            _BY_ACTOR.sort == PATIENT,
            _BY_ACTOR.subject == patient_id,
        )
        with self._database.read() as connection:
            return connection.scalar(query) is not None

    def people(self, pseudonyms: Sequence[str]) -> Mapping[str, str]:
        """Return the ids of the persons behind pseudonyms, of those who are known still."""
        query = select(_BY_ACTOR.pseudonym, _BY_ACTOR.subject).where(
            _BY_ACTOR.pseudonym.in_(set(pseudonyms)), _BY_ACTOR.sort == PERSON
        )
        with self._database.read() as connection:
            return {row.pseudonym: row.subject for row in connection.execute(query)}

    def add_head(self, head: TreeHead) -> None:
        """Keep a head that was signed."""
        with self._database.write() as connection:
            connection.execute(
                insert(ledger_head).values(size=head.size, epoch=head.epoch, head=encode_head(head))
            )

    def newest_head(self) -> TreeHead | None:
        """Return the head that was signed last."""
        found = self.heads(limit=1)
        return found[0] if found else None

    def heads(self, *, limit: int, before: int | None = None) -> Sequence[TreeHead]:
        """Return heads of fewer entries than `before`, newest first."""
        query = select(ledger_head.c.head).order_by(ledger_head.c.epoch.desc(), ledger_head.c.size.desc())
        if before is not None:
            query = query.where(ledger_head.c.size < before)
        with self._database.read() as connection:
            return [decode_head(bytes(head)) for head in connection.scalars(query.limit(limit))]

    def heads_from(self, size: int, to: int) -> Sequence[TreeHead]:
        """Return the heads of more than `size` entries and at most `to`, oldest first."""
        query = (
            select(ledger_head.c.head)
            .where(ledger_head.c.size > size, ledger_head.c.size <= to)
            .order_by(ledger_head.c.size, ledger_head.c.epoch)
        )
        with self._database.read() as connection:
            return [decode_head(bytes(head)) for head in connection.scalars(query)]

    def count_heads(self) -> int:
        """Return how many heads were signed."""
        with self._database.read() as connection:
            return connection.scalar(select(func.count()).select_from(ledger_head)) or 0

    def note_word(self, word: WitnessWord) -> None:
        """Keep what a gateway says, instead of what it said before."""
        with self._database.write() as connection:
            upsert(
                connection,
                ledger_witness,
                [{name: getattr(word, name) for name in WitnessWord.__slots__}],
            )

    def words(self) -> Sequence[WitnessWord]:
        """Return what each gateway said last."""
        with self._database.read() as connection:
            rows = connection.execute(select(ledger_witness).order_by(ledger_witness.c.gateway)).mappings()
            return [WitnessWord(**row) for row in rows]

    def _recorded(self, query: Select[Any]) -> list[Recorded]:
        with self._database.read() as connection:
            return [_of(row) for row in connection.execute(query)]


def _tree(connection: Connection) -> Tree:
    tiles = StoredTiles(connection)
    return Tree(tiles=tiles, size=tiles.size())


def _of(row: Row[Any]) -> Recorded:
    return Recorded(
        number=row.number,
        line=bytes(row.line),
        leaf=bytes(row.leaf),
        salt=None if row.salt is None else bytes(row.salt),
        about=row.about,
    )
