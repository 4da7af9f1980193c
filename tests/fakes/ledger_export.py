"""An exported ledger of many entries, made once, to be damaged in tests."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cloud.ledger.entries import Entry, encode_entry
from cloud.ledger.export import export_ledger
from cloud.ports import Recorded
from tests.fakes.signed_ledger import KEY
from tests.fakes.tiles import FakeTiles
from vitals.ledger.heads import TreeHead, head_of
from vitals.ledger.merkle import leaf_hash

__all__ = ["BookInMemory", "exported"]


def line_of(number: int, deed: str = "looked") -> bytes:
    name = f"{number % 7:032x}"
    return encode_entry(
        Entry(number=number, t_ms=1_000 + number, deed=deed, actor=name, patient=name, about=f"{number:064x}")
    )


@dataclass(slots=True, kw_only=True)
class BookInMemory:
    """Entries and heads, as an export reads them. A head is signed every `every` entries, and at the end."""

    size: int
    every: int = 100
    epoch: int = 0
    origin: str = "carewire-test"
    key: Ed25519PrivateKey = KEY
    deed: str = "looked"
    signed: list[TreeHead] = field(default_factory=list)
    lines: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        tiles = FakeTiles()
        for number in range(self.size):
            self.lines.append(line_of(number, self.deed))
            tiles.add([leaf_hash(self.lines[-1])])
            if (number + 1) % self.every == 0 or number + 1 == self.size:
                self.signed.append(self.head_over(tiles))

    def head_over(self, tiles: FakeTiles, *, epoch: int | None = None) -> TreeHead:
        tree = tiles.tree()
        return head_of(
            self.key,
            origin=self.origin,
            epoch=self.epoch if epoch is None else epoch,
            size=tree.size,
            root=tree.root(),
            t_ms=tree.size,
        )

    def entries(self, first: int, limit: int) -> Sequence[Recorded]:
        lines = self.lines[first : first + limit]
        return [Recorded(number=first + at, line=line, leaf=leaf_hash(line)) for at, line in enumerate(lines)]

    def heads_from(self, size: int, to: int) -> Sequence[TreeHead]:
        return [head for head in self.signed if size < head.size <= to]


def exported(book: BookInMemory) -> list[bytes]:
    """Return the lines of its export."""
    written = io.BytesIO()
    head = book.signed[-1] if book.signed else book.head_over(FakeTiles())
    export_ledger(book, head, written)  # type: ignore[arg-type]  # all that an export reads
    return written.getvalue().splitlines(keepends=True)
