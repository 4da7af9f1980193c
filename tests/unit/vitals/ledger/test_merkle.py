"""Proofs are verified as RFC 9162 says: its example, the vectors of its implementers, every forgery."""

import json
from pathlib import Path

import pytest

from vitals.ledger.merkle import EMPTY_ROOT, is_consistent, is_included, leaf_hash, node_hash, split

VECTORS = json.loads((Path(__file__).parents[3] / "vectors" / "merkle_tree.json").read_text())
LEAVES = [leaf_hash(bytes.fromhex(leaf)) for leaf in VECTORS["leaves"]]
ROOTS = [bytes.fromhex(root) for root in VECTORS["roots"]]
INCLUSION = [
    (each["leaf"], each["size"], list(map(bytes.fromhex, each["path"]))) for each in VECTORS["inclusion"]
]
CONSISTENCY = [
    (each["first"], each["second"], list(map(bytes.fromhex, each["path"]))) for each in VECTORS["consistency"]
]


def test_the_empty_tree_and_one_leaf_hash_as_the_standard_says() -> None:
    assert ROOTS[0] == EMPTY_ROOT
    assert ROOTS[1] == leaf_hash(b"")
    assert ROOTS[2] == node_hash(leaf_hash(b""), leaf_hash(b"\x00"))


@pytest.mark.parametrize(
    ("size", "largest"), [(2, 1), (3, 2), (4, 2), (5, 4), (8, 4), (9, 8), (2**40 + 1, 2**40)]
)
def test_a_tree_is_split_at_the_largest_power_of_two_below_its_size(size: int, largest: int) -> None:
    assert split(size) == largest


@pytest.mark.parametrize(("leaf", "size", "path"), INCLUSION)
def test_a_worked_path_of_inclusion_holds(leaf: int, size: int, path: list[bytes]) -> None:
    assert is_included(LEAVES[leaf], leaf, size, path, ROOTS[size])


@pytest.mark.parametrize(("first", "second", "path"), CONSISTENCY)
def test_a_worked_path_of_consistency_holds(first: int, second: int, path: list[bytes]) -> None:
    assert is_consistent(first, ROOTS[first], second, ROOTS[second], path)


def forged(path: list[bytes]) -> list[list[bytes]]:
    """Every path near this one that is none."""
    flipped = [
        [*path[:at], bytes([path[at][0] ^ 1]) + path[at][1:], *path[at + 1 :]] for at in range(len(path))
    ]
    swapped = [[path[1], path[0], *path[2:]]] if len(path) > 1 else []
    return (
        [*flipped, *swapped, path[:-1], [*path, EMPTY_ROOT], [EMPTY_ROOT, *path]] if path else [[EMPTY_ROOT]]
    )


@pytest.mark.parametrize(("leaf", "size", "path"), INCLUSION)
def test_nothing_near_a_path_of_inclusion_holds(leaf: int, size: int, path: list[bytes]) -> None:
    for other in forged(path):
        assert not is_included(LEAVES[leaf], leaf, size, other, ROOTS[size])
    assert not is_included(LEAVES[leaf], leaf + 1, size, path, ROOTS[size])
    assert not is_included(LEAVES[leaf], -1, size, path, ROOTS[size])
    assert not is_included(LEAVES[leaf], size, size, path, ROOTS[size])
    assert not is_included(leaf_hash(b"other"), leaf, size, path, ROOTS[size])
    assert not is_included(LEAVES[leaf], leaf, size, path, EMPTY_ROOT)


@pytest.mark.parametrize(("first", "second", "path"), CONSISTENCY)
def test_nothing_near_a_path_of_consistency_holds(first: int, second: int, path: list[bytes]) -> None:
    for other in forged(path):
        assert not is_consistent(first, ROOTS[first], second, ROOTS[second], other)
    if first:
        assert not is_consistent(first, leaf_hash(b"other"), second, ROOTS[second], path)
        assert not is_consistent(first, ROOTS[first], second, leaf_hash(b"other"), path)
    assert not is_consistent(second + 1, ROOTS[second], second, ROOTS[second], path)
    assert not is_consistent(-1, EMPTY_ROOT, second, ROOTS[second], path)


def test_a_proof_without_hashes_proves_no_growth() -> None:
    assert not is_consistent(3, ROOTS[3], 7, ROOTS[7], [])
    assert not is_consistent(4, ROOTS[4], 7, ROOTS[7], [])
