"""The Merkle tree of RFC 9162, section 2: how it is hashed, and how its proofs are verified. Pure."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

__all__ = [
    "EMPTY_ROOT",
    "HASH_BYTES",
    "MOST_PROOF",
    "is_consistent",
    "is_included",
    "leaf_hash",
    "node_hash",
    "split",
]

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()
"""The root of a tree without leaves (2.1.1)."""
MOST_PROOF: Final = 65
"""No proof of a tree with fewer than 2**63 leaves has more hashes."""
_LEAF: Final = b"\x00"
_NODE: Final = b"\x01"


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a leaf (2.1.1)."""
    return sha256(_LEAF + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of what two subtrees make (2.1.1)."""
    return sha256(_NODE + left + right).digest()


def split(size: int) -> int:
    """Return the largest power of two that is smaller than `size`, which is at least 2."""
    return 1 << (size - 1).bit_length() - 1


def is_included(leaf: bytes, number: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Tell whether a path proves a leaf to be the one of this number in the tree of `size` (2.1.3.2)."""
    if not 0 <= number < size:
        return False
    index, last, found = number, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if index & 1 or index == last:
            found = node_hash(sibling, found)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        index, last = index >> 1, last >> 1
    return last == 0 and found == root


def is_consistent(
    first: int, first_root: bytes, second: int, second_root: bytes, path: Sequence[bytes]
) -> bool:
    """Tell whether a path proves the tree of size `second` to begin with that of size `first` (2.1.4.2).

    The empty tree begins every tree, and every tree itself: either is proven by nothing at all.
    """
    if not 0 <= first <= second:
        return False
    if first in {0, second}:
        return not path and first_root == (second_root if first else EMPTY_ROOT)
    whole = [first_root, *path] if first & (first - 1) == 0 else list(path)
    if len(whole) < 1 or not path:
        return False
    return _climb(first - 1, second - 1, whole) == (first_root, second_root)


def _climb(index: int, last: int, path: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """Return the two roots that a path leads to, or None if it is too short or too long."""
    while index & 1:
        index, last = index >> 1, last >> 1
    older = newer = path[0]
    for sibling in path[1:]:
        if last == 0:
            return None
        if index & 1 or index == last:
            older, newer = node_hash(sibling, older), node_hash(sibling, newer)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            newer = node_hash(newer, sibling)
        index, last = index >> 1, last >> 1
    return (older, newer) if last == 0 else None
