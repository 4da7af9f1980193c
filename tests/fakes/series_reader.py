"""A `cloud.ports.SeriesReader`, `MeansReader` and `OccurrenceReader` over lists."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean

from cloud.ports import Mean, MeansQuery, Point, Series, Strip
from vitals.records import Gap, HealthEvent


@dataclass(slots=True)
class FakeSeriesReader:
    points: dict[tuple[str, str], list[Point]] = field(default_factory=dict)
    strips: dict[tuple[str, str], list[Strip]] = field(default_factory=dict)

    def observations(self, patient_id: str, kind: str, from_ms: int, to_ms: int, limit: int) -> Series:
        found = [each for each in self.points.get((patient_id, kind), ()) if from_ms <= each.t_ms < to_ms]
        return Series(kind=kind, points=tuple(found[-limit:]), omitted=max(0, len(found) - limit))

    def latest(self, patient_id: str) -> dict[str, Point]:
        return {
            kind: points[-1] for (who, kind), points in self.points.items() if who == patient_id and points
        }

    def waveforms(self, patient_id: str, kind: str, from_ms: int, to_ms: int) -> Sequence[Strip]:
        return [
            each
            for each in self.strips.get((patient_id, kind), ())
            if each.t0_ms < to_ms and each.t0_ms + len(each.samples) / 2 / each.rate_hz * 1000 > from_ms
        ]

    def means(self, patient_id: str, asked: MeansQuery) -> Sequence[Mean]:
        low, high = asked.within
        stretches: dict[int, list[float]] = {}
        for each in self.observations(patient_id, asked.kind, asked.from_ms, asked.to_ms, 1_000_000).points:
            is_sure = each.quality is None or each.quality >= asked.least_quality
            if low <= each.value <= high and is_sure:
                place = (each.t_ms - asked.from_ms) // asked.every_ms
                stretches.setdefault(asked.from_ms + place * asked.every_ms, []).append(each.value)
        return tuple(
            Mean(from_ms=from_ms, value=fmean(values), count=len(values))
            for from_ms, values in sorted(stretches.items())
        )


@dataclass(slots=True)
class FakeOccurrenceReader:
    happened: dict[str, list[HealthEvent]] = field(default_factory=dict)
    missing: dict[tuple[str, str], list[Gap]] = field(default_factory=dict)

    def events(self, patient_id: str, from_ms: int, to_ms: int) -> Sequence[HealthEvent]:
        return [each for each in self.happened.get(patient_id, ()) if from_ms <= each.t_ms < to_ms]

    def gaps(self, patient_id: str, kind: str, from_ms: int, to_ms: int) -> Sequence[Gap]:
        return [
            each
            for each in self.missing.get((patient_id, kind), ())
            if each.from_ms < to_ms and each.to_ms > from_ms
        ]
