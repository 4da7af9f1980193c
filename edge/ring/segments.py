"""The ring's files: chunks are added to the newest, the oldest go when there must be room.

A file is forced to the card when it is full and at the end; nothing else is. A process never writes
on in another's file, nor behind a write that failed.
"""

import os
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from edge.ring.chunk import Chunk, chunks_of

__all__ = ["RingLimits", "Segments"]

_LARGEST_BYTES: Final = 4 << 20
_LEAST_SEGMENTS: Final = 8
_AT_ONCE_BYTES: Final = 64 << 10
_NAME: Final = re.compile(r"\d{10}\.ring")


@dataclass(frozen=True, slots=True, kw_only=True)
class RingLimits:
    """How much is kept; `keep_free_bytes` of the disk are left to others, to the outbox above all."""

    hours: float = 24.0
    max_bytes: int = 512 << 20
    keep_free_bytes: int = 128 << 20
    write_every_s: float = 30.0

    @property
    def segment_bytes(self) -> int:
        """How large a file grows: what goes at once when room is needed."""
        return min(_LARGEST_BYTES, self.max_bytes // _LEAST_SEGMENTS)


@dataclass(slots=True, kw_only=True)
class _Segment:
    path: Path
    size_bytes: int = 0
    chunks: list[Chunk] = field(default_factory=list)


class Segments:
    """The segment files of one folder, oldest first. Used under its owner's lock."""

    def __init__(
        self,
        folder: Path,
        *,
        limits: RingLimits,
        counters: Counter[str],
        free_bytes: Callable[[Path], int],
    ) -> None:
        """Make the folder and find what it holds; what is damaged is counted and left out.

        Raises
        ------
        OSError
            If the folder cannot be made or read.
        """
        self._folder = folder
        self._limits = limits
        self._counters = counters
        self._free_bytes = free_bytes
        self._segments: deque[_Segment] = deque()
        self._open: _Segment | None = None
        folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name)):
            segment = _Segment(path=path, size_bytes=path.stat().st_size)
            self._take_in(segment, 0)
            self._segments.append(segment)
        self._number = int(self._segments[-1].path.stem) if self._segments else 0

    @property
    def size_bytes(self) -> int:
        """How much of the disk they take."""
        return sum(segment.size_bytes for segment in self._segments)

    def chunks(self) -> Iterator[Chunk]:
        """Yield every chunk, oldest first."""
        for segment in self._segments:
            yield from segment.chunks

    def add(self, chunk: bytes, is_over: Callable[[Chunk], bool]) -> None:
        """Make room and write a chunk; segments of which every chunk `is_over` go first.

        Raises
        ------
        OSError
            If the disk refuses, or others need what is left of it.
        """
        try:
            self._make_room(len(chunk), is_over)
            self._write(chunk)
        except OSError:
            self._open = None
            raise

    def rewrite(
        self, is_meant: Callable[[Chunk], bool], without: Callable[[Chunk], tuple[bytes | None, int]]
    ) -> int:
        """Write files anew that hold what is meant, chunks as `without` returns them; return what went.

        Raises
        ------
        OSError
            If the disk refuses: that file and the later ones are as they were.
        """
        self.end()
        gone = 0
        for segment in self._segments:
            if any(map(is_meant, segment.chunks)):
                chunks = [without(chunk) for chunk in segment.chunks]
                self._replace(segment, b"".join(chunk for chunk, _ in chunks if chunk))
                gone += sum(count for _, count in chunks)
        return gone

    def _replace(self, segment: _Segment, content: bytes) -> None:
        fresh = segment.path.with_suffix(".new")
        with fresh.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with segment.path.open("r+b") as before:
            fresh.replace(segment.path)
            segment.size_bytes = len(content)
            segment.chunks.clear()
            self._take_in(segment, 0)
            _overwrite(before)

    def end(self) -> None:
        """Force the newest file to the card; the next chunk begins another."""
        segment, self._open = self._open, None
        if segment is not None:
            with suppress(OSError), segment.path.open("rb") as file:
                os.fsync(file.fileno())

    def _write(self, chunk: bytes) -> None:
        segment = self._open or self._begin()
        at = segment.size_bytes
        with segment.path.open("ab", buffering=0) as file:
            written = file.write(chunk)
            if written < len(chunk):
                file.truncate(at)
        if written < len(chunk):
            raise OSError(f"{segment.path}: the disk is full")
        segment.size_bytes += len(chunk)
        self._take_in(segment, at)
        if segment.size_bytes >= self._limits.segment_bytes:
            self.end()

    def _begin(self) -> _Segment:
        self._number += 1
        self._open = _Segment(path=self._folder / f"{self._number:010}.ring")
        self._segments.append(self._open)
        return self._open

    def _take_in(self, segment: _Segment, at: int) -> None:
        for chunk in chunks_of(segment.path, at):
            if chunk is None:
                self._counters["ring.damaged"] += 1
            else:
                segment.chunks.append(chunk)

    def _make_room(self, size_bytes: int, is_over: Callable[[Chunk], bool]) -> None:
        """Let the oldest go: for age, for the ring's own bound, and for what others need of the disk."""
        while self._segments and all(map(is_over, self._segments[0].chunks)):
            self._drop_oldest()
        while self._segments and self.size_bytes + size_bytes > self._limits.max_bytes:
            self._drop_oldest()
        while self._free_bytes(self._folder) < self._limits.keep_free_bytes + size_bytes:
            if not self._segments:
                raise OSError(f"{self._folder}: less than {self._limits.keep_free_bytes} bytes would be free")
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        oldest = self._segments.popleft()
        if oldest is self._open:
            self._open = None
        oldest.path.unlink(missing_ok=True)
        self._counters["ring.segments_dropped"] += 1


def _overwrite(file: BinaryIO) -> None:
    """Write zeros over a file that no name leads to any more: its blocks are given to others as they are."""
    left = os.fstat(file.fileno()).st_size
    while left:
        left -= file.write(bytes(min(left, _AT_ONCE_BYTES)))
    file.flush()
    os.fsync(file.fileno())
