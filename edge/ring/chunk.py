"""Strips as they lie in a segment file: written in large chunks, each with an index and checksums.

A head says how long index and body are, so that a start reads the indexes and skips the samples. What
follows a damaged head is found again by its magic; a chunk whose end is missing never was.
"""

import os
import struct
import zlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import msgspec
from msgspec import Struct

from edge.outbox.lanes import extent_of
from edge.outbox.reckoning import Reckoning
from vitals.records import Waveform

__all__ = ["Chunk", "Span", "chunks_of", "pack", "unpack"]

_MAGIC: Final = b"\xc7CWw"
_HEAD: Final = struct.Struct("<4sI")  # magic, CRC-32 of the lengths and the index
_LENGTHS: Final = struct.Struct("<III")  # index length, body length, CRC-32 of the body
_LONGEST_INDEX_BYTES: Final = 1 << 20


class Span(Struct, frozen=True, kw_only=True):
    """Of one device and kind, when the first sample in the chunk was taken and the last, as stamped."""

    device: str
    kind: str
    from_ms: int
    to_ms: int


class _Index(Struct, frozen=True, kw_only=True):
    boot_id: str
    offset_ms: int
    synced: bool
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Where a chunk's strips lie, what they are, and what their times rest on."""

    path: Path
    body_at: int
    body_bytes: int
    body_crc: int
    reckoning: Reckoning
    spans: tuple[Span, ...]

    @property
    def end(self) -> int:
        """Where the next chunk begins."""
        return self.body_at + self.body_bytes

    @property
    def newest_ms(self) -> int:
        """When its last sample was taken, as stamped."""
        return max(span.to_ms for span in self.spans)


_encode: Final = msgspec.msgpack.Encoder().encode
_index: Final = msgspec.msgpack.Decoder(_Index).decode
_strips: Final = msgspec.msgpack.Decoder(list[Waveform]).decode


def pack(strips: Collection[Waveform], reckoning: Reckoning) -> bytes:
    """Return `strips`, of which there must be some, as one chunk."""
    body = _encode(list(strips))
    index = _encode(
        _Index(
            boot_id=reckoning.boot_id,
            offset_ms=reckoning.offset_ms,
            synced=reckoning.synced,
            spans=_spans(strips),
        )
    )
    tail = _LENGTHS.pack(len(index), len(body), zlib.crc32(body)) + index
    return _HEAD.pack(_MAGIC, zlib.crc32(tail)) + tail + body


def chunks_of(path: Path, start: int = 0) -> Iterator[Chunk | None]:
    """Yield a segment's chunks from `start` on, in the order of writing, and `None` for each damage met.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        at: int | None = start
        while at is not None and at < size:
            found = _chunk_at(file, path, at)
            if found is not None and found.end <= size:
                yield found
                at = found.end
            else:
                yield None
                at = _next_magic(file, at + 1)


def unpack(chunk: Chunk) -> list[Waveform] | None:
    """Read a chunk's strips, as they were stamped; `None` if they are damaged.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    with chunk.path.open("rb") as file:
        file.seek(chunk.body_at)
        body = file.read(chunk.body_bytes)
    if len(body) != chunk.body_bytes or zlib.crc32(body) != chunk.body_crc:
        return None
    try:
        return _strips(body)
    except msgspec.MsgspecError:  # whole, but of a program that kept strips otherwise
        return None


def _spans(strips: Iterable[Waveform]) -> tuple[Span, ...]:
    found: dict[tuple[str, str], Span] = {}
    for extent in map(extent_of, strips):
        known = found.get((extent.device, extent.kind))
        found[extent.device, extent.kind] = Span(
            device=extent.device,
            kind=extent.kind,
            from_ms=extent.from_ms if known is None else min(known.from_ms, extent.from_ms),
            to_ms=extent.to_ms if known is None else max(known.to_ms, extent.to_ms),
        )
    return tuple(found.values())


def _chunk_at(file: BinaryIO, path: Path, at: int) -> Chunk | None:
    file.seek(at)
    start = _HEAD.size + _LENGTHS.size
    head = file.read(start)
    if len(head) < start or not head.startswith(_MAGIC):
        return None
    _, checksum = _HEAD.unpack_from(head)
    index_bytes, body_bytes, body_crc = _LENGTHS.unpack_from(head, _HEAD.size)
    index = file.read(min(index_bytes, _LONGEST_INDEX_BYTES))
    if zlib.crc32(head[_HEAD.size :] + index) != checksum:
        return None
    try:
        told = _index(index)
    except msgspec.MsgspecError:
        return None
    return Chunk(
        path=path,
        body_at=at + start + index_bytes,
        body_bytes=body_bytes,
        body_crc=body_crc,
        reckoning=Reckoning(boot_id=told.boot_id, offset_ms=told.offset_ms, synced=told.synced),
        spans=told.spans,
    )


def _next_magic(file: BinaryIO, at: int) -> int | None:
    file.seek(at)
    found = file.read().find(_MAGIC)
    return None if found < 0 else at + found
