"""What one wearable measures: each reading to runs and gaps, placed in time, and each stored one once."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from edge.clock import Stamp
from edge.counters import Counters
from edge.readings import SOURCES, Missing, Reading, Source, Value
from edge.streams.beyond_range import BeyondRange
from edge.streams.device_time import ClockDoubt, DeviceCalendar, Placed, SessionClock
from edge.streams.record_book import Hole, RecordBook, RecordMemory
from edge.streams.source_stream import SourceStream
from vitals.gatt import uuids
from vitals.kinds import OBSERVATION_KINDS
from vitals.records import AnyRecord, Gap, GapReason, ObservationRun

__all__ = ["Measurements"]

_CROWDED_MS: Final = 2_000
"""Values of one kind that come in a bunch are a millisecond apart; further back, the clock was set."""
_SESSION_TOLERANCE_MS: Final = 300_000
"""A session's beginning may be known more exactly as it goes on."""


@dataclass(slots=True, kw_only=True)
class _Book:
    """One numbered source's records."""

    source: Source
    records: RecordBook


class Measurements:
    """Every source of one wearable; each call returns the records it gave rise to, oldest first."""

    def __init__(
        self,
        *,
        device: str,
        counters: Counters,
        new_id: Callable[[], str],
        safe_until_ms: Mapping[str, int],
        memories: Mapping[str, RecordMemory],
    ) -> None:
        """`memories` tells by characteristic which stored records an earlier life of the gateway kept."""
        self.session = SessionClock()
        self.clock_doubt: ClockDoubt | None = None
        """What is doubtful about the wearable's own time, as the last reading that rests on it had it."""
        self._calendar = DeviceCalendar()
        self._device = device
        self._counters = counters
        self._newest_ms: dict[str, int] = {}
        self._streams = {
            uuid: SourceStream(device=device, source=source, safe_until_ms=safe_until_ms)
            for uuid, source in SOURCES.items()
            if source.streams
        }
        self._books = {
            uuid: _Book(source=source, records=_book(uuid, memories.get(uuid)))
            for uuid, source in SOURCES.items()
            if source.numbered
        }
        self._beyond = {
            uuid: BeyondRange(device=device, new_id=new_id)
            for uuid in (uuids.GLUCOSE_MEASUREMENT, uuids.CGM_MEASUREMENT)
        }

    def on_reading(self, uuid: str, reading: Reading, received: Stamp) -> list[AnyRecord]:
        """Take one reading of a characteristic."""
        placed = self._placed(reading, received)
        if not self._is_new(uuid, reading, placed, received):
            self._counters["records.repeated"] += 1
            return []
        for told in reading.entries:
            if isinstance(told, Missing):
                self._counters[f"reading.withheld.{told.reason}"] += 1
        if (stream := self._streams.get(uuid)) is not None:
            return [*stream.on_reading(reading, received), *self._runs(reading, placed)]
        records: list[AnyRecord] = [*self._missing(reading, placed), *self._runs(reading, placed)]
        if (beyond := self._beyond.get(uuid)) is not None:
            records += beyond.take(reading, t_ms=placed.t_ms, noticed_ms=received.wall_ms)
        return records

    def on_unreadable(self, uuid: str, received: Stamp) -> list[AnyRecord]:
        """Take note that a value of a characteristic could not be read."""
        if (stream := self._streams.get(uuid)) is not None:
            return list(stream.on_unreadable(received))
        kinds = SOURCES[uuid].kinds[:1] if uuid in SOURCES else ()
        return [self._gap(kind, received.wall_ms, GapReason.FRAME_UNREADABLE) for kind in kinds]

    def on_calendar(self, shown_ms: int | None, received: Stamp) -> None:
        """Take note of what the wearable's calendar shows just now."""
        self._calendar.observe(shown_ms, received)
        self.clock_doubt = self._calendar.doubt

    def is_newest(self, uuid: str, reading: Reading) -> bool:
        """Tell whether nothing later than a reading is known, so that it tells how the device is now."""
        return reading.number is None or self._books[uuid].records.is_newest(reading.number)

    def connect(self) -> None:
        """Take note of a new link."""
        for book in self._books.values():
            book.records.connect()

    def interrupt(self, reason: GapReason, now: Stamp) -> list[AnyRecord]:
        """Take note that nothing can come for now; what that cost is stated once it has an end."""
        for book in self._books.values():
            book.records.interrupt(reason)
        return [gap for stream in self._streams.values() for gap in stream.interrupt(reason, now)]

    def tick(self, now: Stamp) -> list[AnyRecord]:
        """State what has been missing for long."""
        records: list[AnyRecord] = [gap for stream in self._streams.values() for gap in stream.tick(now)]
        for book in self._books.values():
            records += self._holes(book, book.records.due(now))
        return records

    def flush(self, now: Stamp) -> list[AnyRecord]:
        """State what is known to be missing: the last call before a stop."""
        records: list[AnyRecord] = [gap for stream in self._streams.values() for gap in stream.flush(now)]
        for book in self._books.values():
            records += self._holes(book, book.records.flush())
        return records

    def safe_until_ms(self) -> dict[str, int]:
        """Return by kind until when all is in the records returned so far, by wall time."""
        return {kind: t_ms for s in self._streams.values() for kind, t_ms in s.safe_until_ms().items()}

    def memories(self) -> dict[str, RecordMemory]:
        """Return by characteristic which stored records are among the records returned so far."""
        found = {uuid: book.records.memory() for uuid, book in self._books.items()}
        return {uuid: memory for uuid, memory in found.items() if memory is not None}

    def _placed(self, reading: Reading, received: Stamp) -> Placed:
        if reading.session_min is not None:
            self.session.observe(reading.session_min, received)
            placed = self.session.place(reading.session_min, received)
        elif reading.dated_ms is not None or not reading.clock_is_set:
            placed = self._calendar.place(reading.dated_ms, received, is_set=reading.clock_is_set)
        else:
            return Placed(t_ms=received.wall_ms, as_it_came=True)
        self.clock_doubt = placed.doubt
        if placed.doubt is not None:
            self._counters[f"clock.{placed.doubt}"] += 1
        return placed

    def _is_new(self, uuid: str, reading: Reading, placed: Placed, received: Stamp) -> bool:
        if reading.number is None:
            return True
        dated_ms = self._device_ms(reading)
        return self._books[uuid].records.take(
            reading.number,
            dated_ms=placed.t_ms if dated_ms is None else dated_ms,
            t_ms=placed.t_ms,
            received=received,
        )

    def _device_ms(self, reading: Reading) -> int | None:
        if reading.session_min is not None:
            return self.session.device_ms(reading.session_min)
        return reading.dated_ms

    def _runs(self, reading: Reading, placed: Placed) -> list[ObservationRun]:
        values: defaultdict[str, list[Value]] = defaultdict(list)
        for told in reading.entries:
            if isinstance(told, Value):
                values[told.kind].append(told)
        may_come_again = reading.number is None and not placed.as_it_came  # and is then to be the same point
        device_ms = self._device_ms(reading)
        return [
            self._run(kind, told, placed.t_ms, device_ms, is_kept_apart=not may_come_again)
            for kind, told in values.items()
        ]

    def _run(
        self, kind: str, told: list[Value], t_ms: int, device_ms: int | None, *, is_kept_apart: bool
    ) -> ObservationRun:
        quality = [_quality(value) for value in told]
        times_ms = [max(0, round(t_ms - value.before_ms)) for value in told]
        return ObservationRun(
            device=self._device,
            kind=kind,
            t_ms=self._apart(kind, times_ms) if is_kept_apart else times_ms,
            value=[value.value for value in told],
            quality=None if all(share is None for share in quality) else [_said(share) for share in quality],
            device_ms=None if device_ms is None else [round(device_ms - value.before_ms) for value in told],
        )

    def _apart(self, kind: str, times_ms: list[int]) -> list[int]:
        """Return the times so that no two of a kind are the same: a store would keep one of them."""
        apart = []
        for t_ms in times_ms:
            newest_ms = self._newest_ms.get(kind)
            if newest_ms is not None and newest_ms - _CROWDED_MS < t_ms <= newest_ms:
                t_ms = newest_ms + 1  # noqa: PLW2901 - moved on by a millisecond
            apart.append(t_ms)
            self._newest_ms[kind] = t_ms
        return apart

    def _missing(self, reading: Reading, placed: Placed) -> list[Gap]:
        return [
            self._gap(told.kind, placed.t_ms, told.gap)
            for told in reading.entries
            if isinstance(told, Missing) and told.gap
        ]

    def _gap(self, kind: str, at_ms: int, reason: GapReason) -> Gap:
        return Gap(device=self._device, kind=kind, from_ms=at_ms, to_ms=at_ms, reason=reason, missed=1)

    def _holes(self, book: _Book, holes: list[Hole]) -> list[Gap]:
        return [
            Gap(
                device=self._device,
                kind=book.source.kinds[0],
                from_ms=max(0, min(hole.from_ms, hole.to_ms)),
                to_ms=max(0, hole.from_ms, hole.to_ms),
                reason=hole.reason,
                missed=hole.missed,
            )
            for hole in holes
        ]


def _book(uuid: str, memory: RecordMemory | None) -> RecordBook:
    if uuid == uuids.CGM_MEASUREMENT:
        return RecordBook(memory=memory, step=None, tolerance_ms=_SESSION_TOLERANCE_MS)
    return RecordBook(memory=memory)


def _quality(value: Value) -> float | None:
    """Return how far to believe a value: not at all, if no living wearer could show it."""
    return value.quality if OBSERVATION_KINDS[value.kind].is_plausible(value.value) else 0.0


def _said(share: float | None) -> float:
    """Return 1 for a value of which nothing is said beside one of which something is."""
    return 1.0 if share is None else share
