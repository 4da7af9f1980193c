"""The ledger as a file that anybody can verify who has the public key: lines of JSON, no person in them.

First what it is; then, for each 256 entries, a line with the hashes they were entered under, the entries,
and the newest head signed meanwhile; at last how many there were. docs/ledger.md says it in full.
"""

from collections.abc import Callable, Iterator
from typing import BinaryIO, Final

import msgspec

from cloud.ledger.ports import LedgerBook
from vitals.ledger.heads import TreeHead, encode_head

__all__ = ["CHUNK", "FORMAT", "export_ledger"]

FORMAT: Final = 1
CHUNK: Final = 256

_encode = msgspec.json.Encoder().encode


def export_ledger(
    book: LedgerBook, head: TreeHead, to: BinaryIO, on_chunk: Callable[[int], None] = lambda _: None
) -> None:
    """Write all that a signed head is of; `on_chunk` is told how many entries are written."""
    to.writelines(line + b"\n" for line in _lines(book, head, on_chunk))


def _lines(book: LedgerBook, head: TreeHead, on_chunk: Callable[[int], None]) -> Iterator[bytes]:
    yield _encode({"carewire-ledger": FORMAT, "origin": head.origin})
    for first in range(0, head.size, CHUNK):
        until = min(first + CHUNK, head.size)
        entries = book.entries(first, until - first)
        yield _encode({"leaves": [entry.leaf.hex() for entry in entries], "first": first})
        yield from (entry.line for entry in entries)
        signed = book.heads_from(first, until)
        yield from (b'{"head":%b}' % encode_head(each) for each in signed[-1:])
        on_chunk(until)
    if not head.size:
        yield b'{"head":%b}' % encode_head(head)
    yield _encode({"end": head.size})
