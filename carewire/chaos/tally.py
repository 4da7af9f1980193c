"""What became of every record a feeder made: its book against what is there. Pure."""

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from carewire.chaos.book import Written
from carewire.chaos.evidence import Evidence
from carewire.chaos.maker import Maker
from edge.outbox.lanes import extent_of
from vitals.records import AnyRecord, DeviceReport, Gap, HealthEvent, ObservationRun, Waveform
from vitals.wire.envelope import encode_record

__all__ = ["Standing", "Tally", "tally"]


class Standing(StrEnum):
    """Where a record that was made is now."""

    STORED = "stored"
    QUARANTINED = "quarantined"
    OUTBOX = "outbox"
    DECLARED = "declared_gaps"
    ALTERED = "altered"
    """Something is there under its identity, and is not what was made."""
    LOST = "lost"
    """Nowhere, and nobody said so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Where the records of one gateway are; `wrong` names each that is lost, altered or invented."""

    standings: Mapping[Standing, int]
    invented: int
    wrong: Sequence[str]

    @property
    def made(self) -> int:
        """How many records were made."""
        return sum(self.standings.values())


def tally(maker: Maker, written: Written, found: Evidence) -> Tally:
    """Hold what is there against the book."""
    standings: Counter[Standing] = Counter()
    wrong: list[str] = []
    stated = _Statements(found.gaps)
    for number, record in _made(maker, written, found):
        standing = _standing(record, found)
        if standing is Standing.LOST and stated.speak_of(record):
            standing = Standing.DECLARED
        standings[standing] += 1
        if standing in {Standing.ALTERED, Standing.LOST}:
            wrong.append(f"{standing}: {maker.gateway}, append {number}, {_described(record)}")
    invented = [f"invented: {maker.gateway}, {what}" for what in _invented(maker, written, found)]
    return Tally(standings=standings, invented=len(invented), wrong=[*wrong, *invented])


def _made(maker: Maker, written: Written, found: Evidence) -> Iterator[tuple[int, AnyRecord]]:
    """Yield what was made: kept by the book, or undecided and there in any part, for appends are whole."""
    for number in written.kept:
        yield from ((number, record) for record in maker.records(number))
    for number in written.undecided:
        records = maker.records(number)
        if any(_standing(record, found) is not Standing.LOST for record in records):
            yield from ((number, record) for record in records)


def _standing(record: AnyRecord, found: Evidence) -> Standing:
    standing = _SORTS[type(record)].standing(record, found)
    is_waiting = standing is Standing.LOST and encode_record(record) in found.waiting
    return Standing.OUTBOX if is_waiting else standing


def _invented(maker: Maker, written: Written, found: Evidence) -> Iterator[str]:
    """Yield what is there and was never made."""
    made: dict[type, set[Hashable]] = {record_type: set() for record_type in _SORTS}
    for number in (*written.kept, *written.undecided):
        for record in maker.records(number):
            made[type(record)].update(_SORTS[type(record)].keys(record))
    for record_type, sort in _SORTS.items():
        yield from (f"{sort.name} {key!r}" for key in sort.there(found) if key not in made[record_type])


# --- What is looked for, by the type of record ----------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sort:
    """A row: where such a record stands, by which keys it is found, and all there is of the sort."""

    name: str
    standing: Callable[[Any, Evidence], Standing]
    keys: Callable[[Any], Iterable[Hashable]]
    there: Callable[[Evidence], Collection[Hashable]]


def _of_run(run: ObservationRun, found: Evidence) -> Standing:
    there = [found.points.get(t_ms) for t_ms in run.t_ms]
    if all(value is None for value in there):
        return Standing.LOST
    return Standing.STORED if there == run.value else Standing.ALTERED


def _of_strip(made: Waveform, found: Evidence) -> Standing:
    there = found.strips.get(made.t0_ms)
    if there is None:
        return Standing.LOST
    is_same = (there.samples, there.rate_hz, there.scale) == (made.samples, made.rate_hz, made.scale)
    return Standing.STORED if is_same else Standing.ALTERED


def _of_event(event: HealthEvent, found: Evidence) -> Standing:
    there = found.events.get((event.event_id, event.phase))
    if there is None:
        return Standing.LOST
    return Standing.STORED if there == event else Standing.ALTERED


def _of_poison(report: DeviceReport, found: Evidence) -> Standing:
    return Standing.QUARANTINED if encode_record(report) in found.quarantined else Standing.LOST


_SORTS: Final[Mapping[type, _Sort]] = MappingProxyType(
    {
        ObservationRun: _Sort(
            name="a heart rate at",
            standing=_of_run,
            keys=lambda run: run.t_ms,
            there=lambda found: found.points,
        ),
        Waveform: _Sort(
            name="a strip at",
            standing=_of_strip,
            keys=lambda strip: [strip.t0_ms],
            there=lambda found: found.strips,
        ),
        HealthEvent: _Sort(
            name="an event",
            standing=_of_event,
            keys=lambda event: [(event.event_id, event.phase)],
            there=lambda found: found.events,
        ),
        DeviceReport: _Sort(
            name="set aside",
            standing=_of_poison,
            keys=lambda report: [encode_record(report)],
            there=lambda found: found.quarantined,
        ),
    }
)


class _Statements:
    """What gaps say, used up: one that states ten samples excuses ten, wherever in its span they lie."""

    def __init__(self, gaps: Sequence[Gap]) -> None:
        self._gaps = gaps
        self._left: Counter[str] = Counter()
        for gap in gaps:
            self._left[gap.kind] += gap.missed or 0

    def speak_of(self, record: AnyRecord) -> bool:
        """Tell whether a record is stated to be missing, and take note that it was."""
        extent = extent_of(record)
        is_covered = any(
            gap.kind == extent.kind and gap.from_ms <= extent.from_ms and extent.to_ms <= gap.to_ms
            for gap in self._gaps
        )
        samples = extent.samples or 0
        if not is_covered or self._left[extent.kind] < samples:
            return False
        self._left[extent.kind] -= samples
        return True


def _described(record: AnyRecord) -> str:
    extent = extent_of(record)
    return f"{extent.kind} from {extent.from_ms} to {extent.to_ms} ms"
