"""The stored tree gives the roots and proofs of RFC 9162, as pymerkle does, and reads few tiles for it."""

from collections.abc import Collection

import pymerkle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.ledger.tree import Frontier, Tree, grown
from tests.fakes.tiles import FakeTiles
from vitals.errors import DamagedError
from vitals.ledger.merkle import is_consistent, is_included, leaf_hash

ENTRIES = [f"entry {number}".encode() for number in range(700)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]


def kept(*batches: int) -> FakeTiles:
    """A tree that grew by so many leaves at a time."""
    tiles = FakeTiles()
    for batch in batches:
        tiles.add(LEAVES[tiles.size : tiles.size + batch])
    return tiles


@pytest.fixture(scope="module")
def peer() -> pymerkle.InmemoryTree:
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    for entry in ENTRIES:
        tree.append_entry(entry)
    return tree


@pytest.mark.parametrize("size", [0, 1, 2, 3, 15, 16, 17, 255, 256, 257, 300, 511, 513, 700])
def test_another_implementation_has_the_same_root(peer: pymerkle.InmemoryTree, size: int) -> None:
    tree = kept(700).tree()
    assert tree.root(size) == peer.get_root(size)


@pytest.mark.parametrize(
    ("number", "size"), [(0, 1), (0, 700), (16, 17), (255, 256), (256, 700), (699, 700), (37, 300)]
)
def test_another_implementation_proves_inclusion_by_the_same_hashes(
    peer: pymerkle.InmemoryTree, number: int, size: int
) -> None:
    proof = peer.prove_inclusion(number + 1, size)
    assert kept(700).tree().inclusion(number, size) == list(proof.path)[1:]


@pytest.mark.parametrize(
    ("first", "size"), [(1, 2), (3, 7), (16, 700), (255, 700), (256, 257), (300, 301), (6, 7)]
)
def test_another_implementation_takes_our_proof_of_consistency(
    peer: pymerkle.InmemoryTree, first: int, size: int
) -> None:
    ours = kept(700).tree().consistency(first, size)
    assert is_consistent(first, peer.get_root(first), size, peer.get_root(size), ours)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 120), min_size=1, max_size=6), st.data())
def test_however_it_grew_every_leaf_and_every_earlier_tree_is_proven(
    batches: list[int], data: st.DataObject
) -> None:
    tree = kept(*batches).tree()
    size = data.draw(st.integers(1, tree.size), label="size")
    number = data.draw(st.integers(0, size - 1), label="number")
    first = data.draw(st.integers(0, size), label="first")
    root = tree.root(size)
    assert root == kept(size).tree().root()
    assert is_included(LEAVES[number], number, size, tree.inclusion(number, size), root)
    assert is_consistent(first, tree.root(first), size, root, tree.consistency(first, size))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 700))
def test_the_edge_alone_gives_the_same_root(size: int) -> None:
    frontier = Frontier()
    for leaf in LEAVES[:size]:
        frontier.add(leaf)
    assert (frontier.size, frontier.root()) == (size, kept(700).tree().root(size))


def test_no_hash_is_ever_written_again() -> None:
    tiles, seen = FakeTiles(), set[tuple[int, int]]()
    for at in range(0, 600, 7):
        written = {(node.level, node.position) for node in grown(tiles, tiles.size, LEAVES[at : at + 7])}
        assert not written & seen
        seen |= written
        tiles.add(LEAVES[at : at + 7])
    assert len([each for each in seen if each[0] == 1]) == tiles.size // 16
    assert len([each for each in seen if each[0] == 2]) == tiles.size // 256


class Endless:
    """Tiles of ten million leaves, made up as they are read."""

    def __init__(self) -> None:
        self.read = self.asked = self.alone = 0

    def tile(self, level: int, index: int) -> list[bytes]:
        self.alone += 1
        return self._made(level, index)

    def _made(self, level: int, index: int) -> list[bytes]:
        self.read += 1
        there = 10_000_000 // 16**level
        return [leaf_hash(f"{level} {at}".encode()) for at in range(index * 16, min(index * 16 + 16, there))]

    def tiles(self, places: Collection[tuple[int, int]]) -> dict[tuple[int, int], list[bytes]]:
        self.asked += 1
        return {place: self._made(*place) for place in places}


def test_ten_million_entries_are_proven_by_a_few_tiles() -> None:
    tiles = Endless()
    tree = Tree(tiles=tiles, size=10_000_000)
    assert len(tree.inclusion(1_234_567)) == 24
    tree.consistency(7_654_321)
    tree.root()
    assert tiles.read <= 36


@pytest.mark.parametrize("edge", [1, 15, 16, 17, 4_096, 65_535, 65_536, 7_654_321, 9_999_999, 10_000_000])
def test_each_proof_asks_for_all_its_tiles_at_once(edge: int) -> None:
    for prove in (
        lambda tree: tree.consistency(edge),
        lambda tree: tree.inclusion(edge - 1),
        lambda tree: tree.root(edge),
    ):
        tiles = Endless()
        prove(Tree(tiles=tiles, size=10_000_000))
        assert (tiles.asked <= 1, tiles.alone) == (True, 0)


def test_a_hash_that_was_taken_out_is_missed_and_said() -> None:
    tiles = kept(300)
    del tiles.levels[1][3]
    with pytest.raises(DamagedError, match="entries 256 to 287 are missing"):
        tiles.tree().root()


def test_a_leaf_that_was_taken_out_is_missed_when_its_subtree_becomes_full() -> None:
    tiles = kept(20)
    del tiles.levels[0][19]
    with pytest.raises(DamagedError, match="entries 16 to 19 are missing"):
        list(grown(tiles, 20, LEAVES[20:40]))


@pytest.mark.parametrize(("number", "size"), [(-1, 5), (5, 5), (0, 0), (0, 21), (7, 3)])
def test_what_is_not_there_is_not_proven(number: int, size: int) -> None:
    with pytest.raises(ValueError, match=r"there is no entry|never had"):
        kept(20).tree().inclusion(number, size)


@pytest.mark.parametrize(("first", "size"), [(-1, 5), (6, 5), (1, 21)])
def test_no_tree_is_proven_to_have_been_larger(first: int, size: int) -> None:
    with pytest.raises(ValueError, match="never had"):
        kept(20).tree().consistency(first, size)
