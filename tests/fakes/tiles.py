"""Hashes of a tree, kept in memory."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from cloud.ledger.tree import TILE, Tree, grown

__all__ = ["FakeTiles"]


@dataclass(slots=True)
class FakeTiles:
    """The Tiles port; `read` is which tiles were asked for."""

    levels: dict[int, list[bytes]] = field(default_factory=dict)
    read: list[tuple[int, int]] = field(default_factory=list)

    def tile(self, level: int, index: int) -> Sequence[bytes]:
        """Return up to sixteen hashes."""
        self.read.append((level, index))
        return self.levels.get(level, [])[index * TILE : (index + 1) * TILE]

    def tiles(self, places: Collection[tuple[int, int]]) -> Mapping[tuple[int, int], Sequence[bytes]]:
        """Return many of them."""
        return {place: self.tile(*place) for place in places}

    @property
    def size(self) -> int:
        """How many leaves there are."""
        return len(self.levels.get(0, []))

    def add(self, leaves: Sequence[bytes]) -> None:
        """Add leaves, and keep what becomes full by that."""
        for node in list(grown(self, self.size, leaves)):
            row = self.levels.setdefault(node.level, [])
            assert node.position == len(row)
            row.append(node.hash)
        self.levels.setdefault(0, []).extend(leaves)

    def tree(self) -> Tree:
        """Return the tree as it is now."""
        return Tree(tiles=self, size=self.size)
