"""The Merkle tree of RFC 9162 over stored hashes: it grows, and proves, without reading all leaves.

Hashes are kept of every leaf, and of every full subtree of 16, 16**2, 16**3 ... leaves, each written once,
when it is full. A tile is the sixteen of them under the next such subtree; any root or proof takes a few.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from vitals.errors import DamagedError
from vitals.ledger.merkle import EMPTY_ROOT, node_hash, split

__all__ = ["TILE", "Frontier", "Node", "Tiles", "Tree", "grown"]

TILE: Final = 16
_LEVELS: Final = 4
"""Of the binary tree, from one stored level to the next."""


class Tiles(Protocol):
    """Where hashes are kept."""

    def tile(self, level: int, index: int) -> Sequence[bytes]:
        """Return, in order, those that there are of the sixteen hashes `16 * index` and on.

        Hash `i` of level 0 is that of leaf `i`; of level `n`, that of the leaves from `i * 16**n` on.
        """
        ...

    def tiles(self, places: Collection[tuple[int, int]]) -> Mapping[tuple[int, int], Sequence[bytes]]:
        """Return many at once, each by level and index."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """The hash of a full subtree: at `level`, from leaf `position * 16**level` on."""

    level: int
    position: int
    hash: bytes


def grown(tiles: Tiles, size: int, leaves: Sequence[bytes]) -> Iterator[Node]:
    """Yield what becomes full when leaves are added to a tree of `size`, whose tiles are given."""
    level, first, fresh = 0, size, list(leaves)
    while first % TILE + len(fresh) >= TILE:
        before = tiles.tile(level, first // TILE)[: first % TILE] if first % TILE else ()
        row = [*_all(before, first % TILE, level, first - first % TILE), *fresh]
        level, first = level + 1, first // TILE
        fresh = [_folded(row[at : at + TILE]) for at in range(0, len(row) - TILE + 1, TILE)]
        yield from (Node(level=level, position=first + at, hash=made) for at, made in enumerate(fresh))


@dataclass(slots=True, kw_only=True)
class Tree:
    """Roots and proofs of a tree of `size` leaves, and of each that it was; tiles are read once."""

    tiles: Tiles
    size: int
    _held: dict[tuple[int, int], Sequence[bytes]] = field(default_factory=dict)

    def root(self, size: int | None = None) -> bytes:
        """Return the root, now or when there were `size` leaves (2.1.1)."""
        size = self.size if size is None else self._known(size)
        self._fetch(size)
        return self._range(0, size) if size else EMPTY_ROOT

    def inclusion(self, number: int, size: int | None = None) -> list[bytes]:
        """Return the proof that a leaf is in the tree of `size` (2.1.3.1).

        Raises
        ------
        ValueError
            If there is no such leaf, or no such size.
        """
        end = self.size if size is None else self._known(size)
        if not 0 <= number < end:
            raise ValueError(f"there is no entry {number} among {end}")
        self._fetch(number, end)
        begin, path = 0, []
        while end - begin > 1:
            middle = begin + split(end - begin)
            if number < middle:
                path.append(self._range(middle, end))
                end = middle
            else:
                path.append(self._range(begin, middle))
                begin = middle
        return path[::-1]

    def consistency(self, first: int, size: int | None = None) -> list[bytes]:
        """Return the proof that the tree of `size` begins with that of `first` leaves (2.1.4.1).

        Raises
        ------
        ValueError
            If there is no such size.
        """
        end = self.size if size is None else self._known(size)
        if not 0 <= first <= end:
            raise ValueError(f"a ledger of {end} entries never had {first}")
        if first in {0, end}:
            return []
        self._fetch(first, end)
        begin, path = 0, []
        while end != first:
            middle = begin + split(end - begin)
            if first <= middle:
                path.append(self._range(middle, end))
                end = middle
            else:
                path.append(self._range(begin, middle))
                begin = middle
        if begin:
            path.append(self._range(begin, end))
        return path[::-1]

    def _fetch(self, *edges: int) -> None:
        """Have the tiles at hand that lie along these edges, from the leaves to the root, by one question."""
        wanted = {
            (level, (edge - back >> level * _LEVELS) // TILE)
            for edge in edges
            for back in (0, 1)
            for level in range(-(-self.size.bit_length() // _LEVELS))
            if edge - back >= 0
        } - self._held.keys()
        if wanted:
            self._held.update(self.tiles.tiles(wanted))

    def _known(self, size: int) -> int:
        if not 0 <= size <= self.size:
            raise ValueError(f"a ledger of {self.size} entries never had {size}")
        return size

    def _range(self, begin: int, end: int) -> bytes:
        """Return the hash over leaves `begin` to `end`, where `begin` is where such a range can begin."""
        count = end - begin
        if count & (count - 1):
            middle = begin + split(count)
            return node_hash(self._range(begin, middle), self._range(middle, end))
        level, below = divmod(count.bit_length() - 1, _LEVELS)
        first, wanted = begin >> level * _LEVELS, 1 << below
        held = self._tile(level, first // TILE)[first % TILE :][:wanted]
        return _folded(_all(held, wanted, level, first))

    def _tile(self, level: int, index: int) -> Sequence[bytes]:
        if (level, index) not in self._held:
            self._held[level, index] = self.tiles.tile(level, index)
        return self._held[level, index]


@dataclass(slots=True)
class Frontier:
    """The right edge of a tree that leaves are only added to: its root, in a few dozen hashes' memory."""

    size: int = 0
    _edge: list[bytes] = field(default_factory=list)

    def add(self, leaf: bytes) -> None:
        """Add a leaf."""
        made, count = leaf, self.size
        while count & 1:
            made, count = node_hash(self._edge.pop(), made), count >> 1
        self._edge.append(made)
        self.size += 1

    def root(self) -> bytes:
        """Return the root of what was added."""
        if not self._edge:
            return EMPTY_ROOT
        *lefts, found = self._edge
        for left in reversed(lefts):
            found = node_hash(left, found)
        return found


def _folded(hashes: Sequence[bytes]) -> bytes:
    """Return the hash over a power of two of subtrees."""
    while len(hashes) > 1:
        hashes = [node_hash(hashes[at], hashes[at + 1]) for at in range(0, len(hashes), 2)]
    return hashes[0]


def _all(held: Sequence[bytes], wanted: int, level: int, first: int) -> Sequence[bytes]:
    """Return the hashes, if they are all there.

    Raises
    ------
    DamagedError
        If some are not.
    """
    if len(held) != wanted:
        leaves = TILE**level
        raise DamagedError(
            f"ledger: hashes of the entries {first * leaves} to {(first + wanted) * leaves - 1} are missing: "
            "somebody took them out of the database, or it is damaged: restore the last good backup"
        )
    return held
