"""The lines of an exported ledger, read without trusting one of them: what is no such line is None."""

from collections.abc import Iterator
from typing import Any, BinaryIO, Final

import msgspec

from cloud.ledger.export import CHUNK, FORMAT
from vitals.errors import LedgerError
from vitals.ledger.heads import TreeHead, decode_head
from vitals.ledger.merkle import HASH_BYTES

__all__ = ["LONGEST_LINE", "end_of", "head_of_line", "is_entry", "leaves_of", "lines_of", "origin_of"]

_ENTRY: Final = b'{"v":'
_MOST: Final = 2**53
LONGEST_LINE: Final = 1 << 20
"""Bytes; that of 256 hashes has 17 thousand."""


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: int = msgspec.field(name="carewire-ledger")
    origin: str


class _Leaves(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    leaves: list[str]
    first: int


class _Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    head: msgspec.Raw


class _End(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    end: int


def is_entry(line: bytes) -> bool:
    """Tell whether a line begins as entries do; whether it is one, its hash tells."""
    return line.startswith(_ENTRY)


def origin_of(line: bytes) -> str | None:
    """Return the name of the ledger, from the first line of a file of this format."""
    found = _decoded(line, _Header)
    return found.origin if found is not None and found.format == FORMAT else None


def leaves_of(line: bytes) -> tuple[int, list[bytes]] | None:
    """Return the number of the first entry, and the hashes that are listed from it on."""
    found = _decoded(line, _Leaves)
    if found is None or not 0 < len(found.leaves) <= CHUNK or found.first < 0:
        return None
    try:
        leaves = [bytes.fromhex(leaf) for leaf in found.leaves]
    except ValueError:
        return None
    return (found.first, leaves) if all(len(leaf) == HASH_BYTES for leaf in leaves) else None


def head_of_line(line: bytes) -> TreeHead | None:
    """Return the head in a line."""
    found = _decoded(line, _Head)
    try:
        return None if found is None else decode_head(bytes(found.head))
    except LedgerError:
        return None


def end_of(line: bytes) -> int | None:
    """Return how many entries there are, from the last line."""
    found = _decoded(line, _End)
    return found.end if found is not None and 0 <= found.end <= _MOST else None


def lines_of(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a file; one that is longer than any of ours comes in pieces, not all at once."""
    return iter(lambda: file.readline(LONGEST_LINE), b"")


def _decoded(line: bytes, kind: type[Any]) -> Any:  # noqa: ANN401 - what msgspec gives
    try:
        return msgspec.json.decode(line, type=kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None
