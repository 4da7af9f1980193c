"""What is shown of the ledger: heads and proofs to anybody signed in, a patient's entries to the patient."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cloud.ledger.entries import UNNAMED, Entry, decode_entry
from cloud.ledger.ports import LedgerBook
from cloud.ledger.signing import Signer
from cloud.ledger.witnessing import Words, news_for
from cloud.ports import Recorded, WitnessWord
from vitals.errors import CarewireError
from vitals.ledger.heads import TreeHead
from vitals.ledger.merkle import is_included, leaf_hash
from vitals.wire.ledger import HeadNews, Witnessed

__all__ = ["LedgerDesk", "Proven", "Shown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An entry, and the id of who did it, where that is known still."""

    entry: Entry
    recorded: Recorded
    actor_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """That an entry is under a signed head: the hashes from its leaf to the root."""

    recorded: Recorded
    head: TreeHead
    path: Sequence[bytes]

    @property
    def holds(self) -> bool:
        """Whether they lead there from what the entry says now."""
        leaf, number = leaf_hash(self.recorded.line), self.recorded.number
        return is_included(leaf, number, self.head.size, self.path, self.head.root_hash)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerDesk:
    """Any thread may ask."""

    book: LedgerBook
    signer: Signer
    _words: Words = field(default_factory=Words)

    def head(self) -> TreeHead | None:
        """Return the newest signed head; None while there is none."""
        return self.book.newest_head()

    def public_key(self) -> str:
        """Return the key that heads are signed with, in hexadecimal."""
        return self.signer.public_key()

    def heads(self, before: int | None, limit: int) -> Sequence[TreeHead]:
        """Return signed heads, newest first."""
        return self.book.heads(limit=limit, before=before)

    def consistency(self, first: int, second: int) -> Sequence[bytes]:
        """Return the proof that the ledger of `second` entries begins with that of `first`.

        Raises
        ------
        ValueError
            If it never had so many.
        """
        with self.book.tree() as tree:
            return tree.consistency(first, second)

    def proven(self, number: int) -> Proven | None:
        """Return the proof that an entry is under a signed head, signed for it if need be; None: no entry."""
        recorded = self.book.recorded(number)
        if recorded is None:
            return None
        head = self.book.newest_head()
        if head is None or head.size <= number:
            head = self.signer.head()
        with self.book.tree() as tree:
            return Proven(recorded=recorded, head=head, path=tree.inclusion(number, head.size))

    def entries(self, first: int, limit: int) -> Sequence[Recorded]:
        """Return entries as they stand in the tree, in order."""
        return self.book.entries(first, limit)

    def of_patient(self, patient_id: str, before: int | None, limit: int) -> Sequence[Shown]:
        """Return a patient's entries, newest first, those of a moment ago included."""
        self._enter()
        return self._shown(self.book.of_patient(patient_id, before, limit))

    def of_patient_one(self, patient_id: str, number: int) -> Shown | None:
        """Return one of a patient's entries; None if there is none of this number, or it is another's."""
        recorded = self.book.recorded(number) if self.book.is_about(number, patient_id) else None
        return None if recorded is None else self._shown([recorded])[0]

    def witness(self, gateway: str, word: Witnessed | None, now_ms: int) -> HeadNews | None:
        """Take in what a gateway says that it keeps, and return what it is to witness; None: nothing yet.

        Raises
        ------
        StorageError
            If the ledger cannot be read.
        """
        if word is not None:
            self._words.note(self.book, gateway, word, now_ms)
        head = self.book.newest_head()
        return None if head is None else news_for(self.book, self.public_key(), head, word)

    def words(self) -> Sequence[WitnessWord]:
        """Return what each gateway says of the heads it was given."""
        return self.book.words()

    def _enter(self) -> None:
        """Enter what waits; where that fails, what is in the tree is shown all the same."""
        try:
            self.signer.ledger.enter()
        except CarewireError:
            return  # `LedgerWork` tells of it

    def _shown(self, found: Sequence[Recorded]) -> list[Shown]:
        entries = [decode_entry(each.line) for each in found]
        people = self.book.people([entry.actor for entry in entries])
        return [
            Shown(entry=entry, recorded=each, actor_id=_who(entry.actor, people))
            for entry, each in zip(entries, found, strict=True)
        ]


def _who(actor: str, people: Mapping[str, str]) -> str | None:
    return actor if actor in UNNAMED else people.get(actor)
