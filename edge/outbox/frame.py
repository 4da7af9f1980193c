"""A record as it lies in the file: self-describing and checksummed.

SQLite does not checksum its pages, so a flipped bit inside a record would go unseen; and when its
tree is torn, frames can still be found among the raw bytes and be told whole from broken.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

MAGIC: Final = b"\xc7CWr"
_HEAD: Final = struct.Struct("<4sI")  # magic, CRC-32 of all that follows
_BODY: Final = struct.Struct("<IQB")  # payload length, seq, epoch length
OVERHEAD_BYTES: Final = _HEAD.size + _BODY.size + 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One record's identity and its encoded bytes."""

    epoch: str
    seq: int
    payload: bytes


class Bytes(Protocol):
    """What `scan` reads: bytes or a memory map."""

    def find(self, sub: bytes, start: int = ..., /) -> int: ...  # noqa: D102 - as bytes.find
    def __getitem__(self, key: slice, /) -> bytes: ...


def pack(frame: Frame) -> bytes:
    """Return `frame` as it is stored."""
    epoch = frame.epoch.encode("ascii")
    body = _BODY.pack(len(frame.payload), frame.seq, len(epoch)) + epoch + frame.payload
    return _HEAD.pack(MAGIC, zlib.crc32(body)) + body


def unpack(stored: bytes) -> Frame | None:
    """Return the frame at the start of `stored`, or None if it is not whole and unaltered."""
    start = _HEAD.size + _BODY.size
    if len(stored) < start or not stored.startswith(MAGIC):
        return None
    _, checksum = _HEAD.unpack_from(stored)
    length, seq, epoch_length = _BODY.unpack_from(stored, _HEAD.size)
    end = start + epoch_length + length
    if end > len(stored) or zlib.crc32(stored[_HEAD.size : end]) != checksum:
        return None
    epoch, payload = stored[start : start + epoch_length], stored[start + epoch_length : end]
    return Frame(epoch=epoch.decode("ascii"), seq=seq, payload=payload)


def scan(raw: Bytes, longest_bytes: int) -> Iterator[Frame]:
    """Yield every whole frame found anywhere in `raw`, none longer than `longest_bytes`."""
    at = raw.find(MAGIC)
    while at >= 0:
        found = unpack(raw[at : at + longest_bytes])
        if found is not None:
            yield found
        at = raw.find(MAGIC, at + len(MAGIC))
