"""What the ledger's own parts ask of where it is kept."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from cloud.ledger.tree import Tree
from cloud.ports import Recorded, WitnessWord
from vitals.ledger.heads import TreeHead

__all__ = ["Enterer", "HeadBook", "LedgerBook"]


class Enterer(Protocol):
    """Enters in the tree what was written down."""

    def enter(self) -> int:
        """Enter all that waits, and return how much it was."""
        ...

    def waiting(self) -> int:
        """Return how much waits."""
        ...


class HeadBook(Protocol):
    """The tree, and the heads that were signed of it."""

    def tree(self) -> AbstractContextManager[Tree]:
        """Give the tree as it is now."""
        ...

    def turn(self) -> AbstractContextManager[Tree]:
        """Give the tree to one at a time: nothing is entered, and no head is added by others, meanwhile."""
        ...

    def origin(self) -> tuple[str, int]:
        """Return the ledger's name for good, and its epoch."""
        ...

    def add_head(self, head: TreeHead) -> None:
        """Keep a head that was signed."""
        ...

    def newest_head(self) -> TreeHead | None:
        """Return the head that was signed last."""
        ...

    def heads(self, *, limit: int, before: int | None = None) -> Sequence[TreeHead]:
        """Return heads of fewer entries than `before`, newest first."""
        ...

    def heads_from(self, size: int, to: int) -> Sequence[TreeHead]:
        """Return the heads of more than `size` entries and at most `to`, oldest first."""
        ...


class LedgerBook(HeadBook, Protocol):
    """The heads, the entries, and what is known of them beside."""

    def recorded(self, number: int) -> Recorded | None:
        """Return an entry, or None."""
        ...

    def entries(self, first: int, limit: int) -> Sequence[Recorded]:
        """Return entries from a number on, in order."""
        ...

    def of_patient(self, patient_id: str, before: int | None, limit: int) -> Sequence[Recorded]:
        """Return a patient's entries of lower numbers than `before`, newest first."""
        ...

    def is_about(self, number: int, patient_id: str) -> bool:
        """Tell whether an entry is about a patient."""
        ...

    def people(self, pseudonyms: Sequence[str]) -> Mapping[str, str]:
        """Return the ids of the persons behind pseudonyms, of those who are known still."""
        ...

    def note_word(self, word: WitnessWord) -> None:
        """Keep what a gateway says, instead of what it said before."""
        ...

    def words(self) -> Sequence[WitnessWord]:
        """Return what each gateway said last."""
        ...
