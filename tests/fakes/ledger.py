"""The ledger's port, and what enters and signs, in memory."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from cloud.ledger.tree import Tree
from cloud.ports import Deed, LedgerNote
from tests.fakes.tiles import FakeTiles
from vitals.errors import StorageError
from vitals.ledger.heads import TreeHead
from vitals.ledger.merkle import leaf_hash

__all__ = ["FakeHeadBook", "FakeLedger"]


@dataclass(slots=True)
class FakeLedger:
    """Keeps notes; `is_broken` refuses them, `gate` has writing wait."""

    notes: list[LedgerNote] = field(default_factory=list)
    is_broken: bool = False
    writes: int = 0
    gate: threading.Event | None = None

    def append(self, note: LedgerNote) -> None:
        self.append_all([note])

    def append_all(self, notes: Sequence[LedgerNote]) -> None:
        if self.gate is not None:
            self.gate.wait(20)
        if self.is_broken:
            raise StorageError("ledger: the disk is full")
        self.writes += 1
        self.notes.extend(notes)

    def of(self, deed: Deed) -> list[LedgerNote]:
        return [note for note in self.notes if note.deed is deed]


@dataclass(slots=True)
class FakeHeadBook:
    """A tree that grows by `waiting_leaves`, and its heads."""

    tiles: FakeTiles = field(default_factory=FakeTiles)
    waiting_leaves: int = 0
    signed: list[TreeHead] = field(default_factory=list)
    epoch: int = 0
    seed: str = "entry"
    is_broken: bool = False
    is_taking_turns: bool = False

    def enter(self) -> int:
        if self.is_broken:
            raise StorageError("ledger.db: the disk is full")
        count, self.waiting_leaves = self.waiting_leaves, 0
        size = self.tiles.size
        self.tiles.add([leaf_hash(f"{self.seed} {size + at}".encode()) for at in range(count)])
        return count

    def waiting(self) -> int:
        return self.waiting_leaves

    @contextmanager
    def tree(self) -> Iterator[Tree]:
        yield self.tiles.tree()

    @contextmanager
    def turn(self) -> Iterator[Tree]:
        self.is_taking_turns = True
        try:
            yield self.tiles.tree()
        finally:
            self.is_taking_turns = False

    def origin(self) -> tuple[str, int]:
        return "carewire-test", self.epoch

    def add_head(self, head: TreeHead) -> None:
        self.signed.append(head)

    def newest_head(self) -> TreeHead | None:
        return self.signed[-1] if self.signed else None

    def heads(self, *, limit: int, before: int | None = None) -> Sequence[TreeHead]:
        return [head for head in reversed(self.signed) if before is None or head.size < before][:limit]

    def heads_from(self, size: int, to: int) -> Sequence[TreeHead]:
        return [head for head in self.signed if size < head.size <= to]
