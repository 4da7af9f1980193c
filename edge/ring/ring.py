"""A ring of raw waveforms: bounded in hours and bytes, kind to an SD card, and never in anybody's way.

Strips gather in memory and are written in large chunks. A kill loses what gathered (`write_every_s`),
a power cut besides what the system had not written yet (half a minute, as Linux ships). What the disk
refuses stays in memory, within bounds: a ring that fails is counted and stops nothing.
"""

import shutil
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Self

import msgspec
import structlog

from edge.outbox.lanes import extent_of
from edge.outbox.reckoning import Reckoning, Timekeeper
from edge.ring.chunk import Chunk, pack, unpack
from edge.ring.segments import RingLimits, Segments
from vitals.errors import StorageError
from vitals.records import Waveform

__all__ = ["WaveformRing"]

_log = structlog.get_logger()

_HOUR_MS: Final = 3_600_000
_CHUNK_BYTES: Final = 256 << 10
_MOST_WAITING_BYTES: Final = 4 << 20
_STRIP_BYTES: Final = 128  # what a strip takes beside its samples, generously


class WaveformRing:
    """Keeps strips and gives them back. Safe to use from several threads."""

    def __init__(
        self, segments: Segments, *, timekeeper: Timekeeper, limits: RingLimits, counters: Counter[str]
    ) -> None:
        """Use `WaveformRing.open`."""
        self._segments = segments
        self._timekeeper = timekeeper
        self._limits = limits
        self._counters = counters
        self._lock = threading.Lock()
        self._waiting: deque[Waveform] = deque()
        self._waiting_bytes = 0
        self._waiting_rests_on: Reckoning | None = None
        self._due_ms = 0
        self._is_refused = False

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        timekeeper: Timekeeper,
        limits: RingLimits,
        free_bytes: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
    ) -> Self:
        """Open the folder and find what it holds; what is damaged is counted and left out.

        Raises
        ------
        StorageError
            If the folder cannot be made or read.
        """
        counters: Counter[str] = Counter()
        try:
            segments = Segments(folder, limits=limits, counters=counters, free_bytes=free_bytes)
        except OSError as error:
            raise StorageError(
                f"{folder} cannot be used for waveforms ({error}): let the gateway's user write there"
            ) from error
        return cls(segments, timekeeper=timekeeper, limits=limits, counters=counters)

    def keep(self, strips: Iterable[Waveform]) -> None:
        """Take strips as they were stamped just now; written only when it is time. Never raises."""
        with self._lock:
            now = self._timekeeper.now()
            if self._waiting_rests_on is not None and not self._waiting_rests_on.outlives(now):
                self._write_or_lose()
            for strip in strips:
                self._gather(strip, now)
            if self._waiting and self._is_due(now):
                self._write()

    def flush(self) -> None:
        """Write what has gathered and force it to the card, as before a stop. Never raises."""
        with self._lock:
            if self._waiting:
                self._write()
            self._segments.end()

    def read(self, device: str, kind: str | None, from_ms: int, to_ms: int) -> list[Waveform]:
        """Return the strips that overlap from <= t < to, oldest first, their times put right.

        `kind` None: of every kind. A time that a wrong clock stamped is put right as far as this boot's
        clock has come right since; strips of which that cannot be known are left out.

        Raises
        ------
        StorageError
            If the disk cannot be read.
        """
        with self._lock:
            found = [
                msgspec.structs.replace(strip, t0_ms=max(0, strip.t0_ms + shift_ms)) if shift_ms else strip
                for strips, shift_ms in self._held(device, kind, from_ms, to_ms)
                for strip in _overlapping(strips, device, kind, from_ms - shift_ms, to_ms - shift_ms)
            ]
        return sorted(found, key=lambda strip: (strip.t0_ms, strip.kind, strip.lead))

    def forget(self, device: str, from_ms: int, to_ms: int) -> int:
        """Drop the strips of a device that overlap from <= t < to, as they were stamped; return how many.

        Raises
        ------
        StorageError
            If the disk refuses; what could not be dropped is still there: again.
        """
        with self._lock:
            before = len(self._waiting)
            kept = [each for each in self._waiting if not _is_of(each, device, from_ms, to_ms)]
            self._waiting = deque(kept)
            self._waiting_bytes = sum(map(_size, kept))
            gone = before - len(kept)
            try:
                gone += self._segments.rewrite(
                    lambda chunk: _may_hold(chunk, device, None, from_ms, to_ms),
                    lambda chunk: self._without(chunk, device, from_ms, to_ms),
                )
            except OSError as error:
                raise StorageError(
                    f"the ring's disk refuses ({error}): free space on it, then again"
                ) from error
        self._counters["ring.strips_forgotten"] += gone
        return gone

    @property
    def counters(self) -> Mapping[str, int]:
        """What happened since the start, by event name."""
        return dict(self._counters)

    @property
    def size_bytes(self) -> int:
        """How much of the disk it takes."""
        with self._lock:
            return self._segments.size_bytes

    # --- In ---------------------------------------------------------------------------------

    def _gather(self, strip: Waveform, now: Reckoning) -> None:
        if self._waiting_rests_on is None:
            self._waiting_rests_on = now
            self._due_ms = self._boot_ms(now) + round(1000 * self._limits.write_every_s)
        self._waiting.append(strip)
        self._waiting_bytes += _size(strip)
        while self._waiting_bytes > _MOST_WAITING_BYTES:
            self._waiting_bytes -= _size(self._waiting.popleft())
            self._counters["ring.strips_lost"] += 1

    def _is_due(self, now: Reckoning) -> bool:
        is_large = self._waiting_bytes >= _CHUNK_BYTES and not self._is_refused
        return is_large or self._boot_ms(now) >= self._due_ms

    def _write(self) -> None:
        now = self._timekeeper.now()
        self._due_ms = self._boot_ms(now) + round(1000 * self._limits.write_every_s)
        try:
            self._segments.add(
                pack(self._waiting, self._waiting_rests_on or now), lambda chunk: self._is_over(chunk, now)
            )
        except OSError as error:
            self._is_refused = True
            self._counters["ring.write_failed"] += 1
            _log.error("ring.write_failed", error=str(error), remedy="free space on the gateway's disk")
        else:
            self._is_refused = False
            self._counters["ring.chunks"] += 1
            self._forget_waiting()

    def _write_or_lose(self) -> None:
        """Let go of what waits: times of two clocks never share a chunk."""
        if self._waiting:
            self._write()
        self._counters["ring.strips_lost"] += len(self._waiting)
        self._forget_waiting()

    def _forget_waiting(self) -> None:
        self._waiting.clear()
        self._waiting_bytes = 0
        self._waiting_rests_on = None

    # --- Time -------------------------------------------------------------------------------

    def _is_over(self, chunk: Chunk, now: Reckoning) -> bool:
        """Tell whether a chunk is known to be too old; a clock that jumped tells nothing."""
        age_ms = self._age_ms(chunk, now)
        return age_ms is not None and age_ms > self._limits.hours * _HOUR_MS

    def _age_ms(self, chunk: Chunk, now: Reckoning) -> int | None:
        if chunk.reckoning.boot_id == now.boot_id:
            return self._boot_ms(now) - (chunk.newest_ms - chunk.reckoning.offset_ms)
        if chunk.reckoning.synced and now.synced:
            return self._timekeeper.wall_ms() - chunk.newest_ms
        return None

    def _boot_ms(self, now: Reckoning) -> int:
        """Return the time since the boot, which never jumps."""
        return self._timekeeper.wall_ms() - now.offset_ms

    # --- Out --------------------------------------------------------------------------------

    def _held(
        self, device: str, kind: str | None, from_ms: int, to_ms: int
    ) -> Iterator[tuple[Iterable[Waveform], int]]:
        """Yield strips among which some may be asked for, and what puts their times right."""
        now = self._timekeeper.now()
        for chunk in self._segments.chunks():
            shift_ms = _shift_ms(chunk.reckoning, now)
            if shift_ms is not None and _may_hold(chunk, device, kind, from_ms - shift_ms, to_ms - shift_ms):
                yield self._strips_of(chunk), shift_ms
        if self._waiting_rests_on is not None:
            yield self._waiting, _shift_ms(self._waiting_rests_on, now) or 0

    def _without(self, chunk: Chunk, device: str, from_ms: int, to_ms: int) -> tuple[bytes | None, int]:
        """Return a chunk without what is to go, None if nothing is left of it, and how many strips went."""
        strips = self._strips_of(chunk)
        kept = [each for each in strips if not _is_of(each, device, from_ms, to_ms)]
        return (pack(kept, chunk.reckoning) if kept else None), len(strips) - len(kept)

    def _strips_of(self, chunk: Chunk) -> Sequence[Waveform]:
        try:
            strips = unpack(chunk)
        except OSError as error:
            raise StorageError(f"{chunk.path} cannot be read ({error}): check the gateway's disk") from error
        if strips is None:
            self._counters["ring.damaged"] += 1
            _log.error("ring.damaged", file=chunk.path.name, at=chunk.body_at)
        return strips or ()


def _shift_ms(then: Reckoning, now: Reckoning) -> int | None:
    """Return what to add to times stamped `then`; `None` if only another boot could have told."""
    if then.synced or then.outlives(now):
        return 0
    if then.boot_id == now.boot_id:
        return now.offset_ms - then.offset_ms
    return None if now.synced else 0


def _may_hold(chunk: Chunk, device: str, kind: str | None, from_ms: int, to_ms: int) -> bool:
    return any(
        span.device == device and kind in {None, span.kind} and span.from_ms < to_ms and span.to_ms >= from_ms
        for span in chunk.spans
    )


def _overlapping(
    strips: Iterable[Waveform], device: str, kind: str | None, from_ms: int, to_ms: int
) -> Iterator[Waveform]:
    for strip in strips:
        if strip.device == device and kind in {None, strip.kind}:
            extent = extent_of(strip)
            if extent.from_ms < to_ms and extent.to_ms >= from_ms:
                yield strip


def _is_of(strip: Waveform, device: str, from_ms: int, to_ms: int) -> bool:
    extent = extent_of(strip)
    return strip.device == device and extent.from_ms < to_ms and extent.to_ms >= from_ms


def _size(strip: Waveform) -> int:
    return len(strip.samples) + _STRIP_BYTES
