"""A `cloud.ports.SeriesReader`, `RollupReader` and `OccurrenceReader` over lists."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import fmean, pstdev

import numpy as np

from cloud.ports import LEAST_QUALITY, Point, RollupQuery, Rollups, Series, Span, Strip
from vitals.kinds import OBSERVATION_KINDS
from vitals.records import DeviceReport, Gap, HealthEvent


@dataclass(slots=True)
class FakeSeriesReader:
    points: dict[tuple[str, str], list[Point]] = field(default_factory=dict)
    strips: dict[tuple[str, str], list[Strip]] = field(default_factory=dict)

    def observations(self, patient_id: str, kind: str, from_ms: int, to_ms: int, limit: int) -> Series:
        found = [each for each in self.points.get((patient_id, kind), ()) if from_ms <= each.t_ms < to_ms]
        return Series.of(kind, found[-limit:], omitted=max(0, len(found) - limit))

    def latest(self, patient_id: str) -> dict[str, Point]:
        return {
            kind: points[-1] for (who, kind), points in self.points.items() if who == patient_id and points
        }

    def latest_of(self, patient_ids: Iterable[str]) -> dict[str, dict[str, Point]]:
        return {each: newest for each in patient_ids if (newest := self.latest(each))}

    def waveforms(self, patient_id: str, kind: str, from_ms: int, to_ms: int) -> Sequence[Strip]:
        return [
            each
            for each in self.strips.get((patient_id, kind), ())
            if each.t0_ms < to_ms and each.t0_ms + len(each.samples) / 2 / each.rate_hz * 1000 > from_ms
        ]

    def waveform_spans(self, patient_id: str, kind: str, from_ms: int, to_ms: int) -> Sequence[Span]:
        spans: list[Span] = []
        for each in self.waveforms(patient_id, kind, from_ms, to_ms):
            end_ms = each.t0_ms + int(len(each.samples) / 2 / each.rate_hz * 1000) + 1
            clipped = Span(max(each.t0_ms, from_ms), min(end_ms, to_ms))
            if spans and clipped.from_ms - spans[-1].to_ms < 100:
                clipped = Span(spans[-1].from_ms, max(clipped.to_ms, spans.pop().to_ms))
            spans.append(clipped)
        return spans

    def rollups(self, patient_id: str, query: RollupQuery) -> Rollups:
        row = OBSERVATION_KINDS[query.kind]
        stretches: dict[int, list[float]] = {}
        for each in self.points.get((patient_id, query.kind), ()):
            is_sure = each.quality is None or each.quality >= LEAST_QUALITY
            if query.from_ms <= each.t_ms < query.to_ms and row.is_plausible(each.value) and is_sure:
                place = (each.t_ms - query.from_ms) // query.every_ms
                stretches.setdefault(query.from_ms + place * query.every_ms, []).append(each.value)
        starts = sorted(stretches)
        values = [stretches[from_ms] for from_ms in starts]
        return Rollups(
            kind=query.kind,
            from_ms=np.array(starts, np.int64),
            count=np.array([len(each) for each in values], np.int64),
            minimum=np.array([min(each) for each in values]),
            maximum=np.array([max(each) for each in values]),
            mean=np.array([fmean(each) for each in values]),
            deviation=np.array([pstdev(each) for each in values]),
        )


@dataclass(slots=True)
class FakeOccurrenceReader:
    happened: dict[str, list[HealthEvent]] = field(default_factory=dict)
    missing: dict[tuple[str, str], list[Gap]] = field(default_factory=dict)
    reported: dict[str, list[DeviceReport]] = field(default_factory=dict)

    def events(self, patient_id: str, from_ms: int, to_ms: int) -> Sequence[HealthEvent]:
        return [each for each in self.happened.get(patient_id, ()) if from_ms <= each.t_ms < to_ms]

    def gaps(self, patient_id: str, kind: str, from_ms: int, to_ms: int) -> Sequence[Gap]:
        return [
            each
            for each in self.missing.get((patient_id, kind), ())
            if each.from_ms < to_ms and each.to_ms > from_ms
        ]

    def device_reports(self, patient_id: str, from_ms: int, to_ms: int, limit: int) -> Sequence[DeviceReport]:
        found = [each for each in self.reported.get(patient_id, ()) if from_ms <= each.t_ms < to_ms]
        return found[-limit:]
