"""A patient's past: points in columns, and what was told; a `cloud.rehearsal.history.History`."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cloud.ports import LEAST_QUALITY, Rollups, Series
from cloud.rehearsal.history import MINUTE_MS, Span
from vitals.kinds import OBSERVATION_KINDS
from vitals.records import DeviceReport, Gap, HealthEvent, ObservationRun

Column = NDArray[np.float64]


@dataclass(slots=True)
class FakeHistory:
    """What a test says was measured, kind by kind, and told; `read` notes which stretches were read raw."""

    series: dict[str, Series] = field(default_factory=dict)
    happened: list[HealthEvent] = field(default_factory=list)
    reported: list[DeviceReport] = field(default_factory=list)
    missing: list[Gap] = field(default_factory=list)
    read: list[tuple[str, Span]] = field(default_factory=list)
    let_go_before_ms: int = 0

    def put(self, *parts: tuple[str, str, Sequence[int], Sequence[float], Sequence[float] | None]) -> None:
        """Put `(kind, device, times, values, qualities)`, in any order."""
        rows: dict[str, list[tuple[int, str, float, float]]] = {}
        for kind, device, t_ms, value, quality in parts:
            known = [float("nan")] * len(t_ms) if quality is None else quality
            names = [device] * len(t_ms)
            rows.setdefault(kind, []).extend(zip(t_ms, names, value, known, strict=True))
        for kind, each in rows.items():
            each.sort(key=lambda row: row[:2])
            devices = tuple(sorted({row[1] for row in each}))
            self.series[kind] = Series(
                kind=kind,
                t_ms=np.array([row[0] for row in each], np.int64),
                value=np.array([row[2] for row in each], np.float64),
                quality=np.array([row[3] for row in each], np.float64),
                device_index=np.array([devices.index(row[1]) for row in each], np.int32),
                devices=devices,
            )

    def runs(self, kind: str, length: int) -> list[ObservationRun]:
        """Return the points of a kind as its devices would have sent them, so many at once."""
        series, found = self.series[kind], []
        for place, device in enumerate(series.devices):
            of_device = np.flatnonzero(series.device_index == place)
            for first in range(0, len(of_device), length):
                part = of_device[first : first + length]
                quality = series.quality[part]
                found.append(
                    ObservationRun(
                        device=device,
                        kind=kind,
                        t_ms=series.t_ms[part].tolist(),
                        value=series.value[part].tolist(),
                        quality=None if np.isnan(quality).any() else quality.tolist(),
                    )
                )
        return sorted(found, key=lambda run: run.t_ms[-1])

    def minutes(self, kind: str, span: Span) -> Rollups:
        series = self._within(kind, span)
        low, high = OBSERVATION_KINDS[kind].plausible
        judged = (series.value >= low) & (series.value <= high) & ~(series.quality < LEAST_QUALITY)
        t_ms, value = series.t_ms[judged], series.value[judged]
        starts, first = np.unique(t_ms - t_ms % MINUTE_MS, return_index=True)
        parts = np.split(value, first[1:]) if len(value) else []
        return Rollups(
            kind=kind,
            from_ms=starts,
            count=np.array([len(part) for part in parts], np.int64),
            minimum=np.array([part.min() for part in parts]),
            maximum=np.array([part.max() for part in parts]),
            mean=np.array([part.mean() for part in parts]),
            deviation=np.array([part.std() for part in parts]),
        )

    def points(self, kind: str, span: Span) -> Series:
        self.read.append((kind, span))
        kept = Span(from_ms=max(span.from_ms, self.let_go_before_ms), to_ms=span.to_ms)
        return self._within(kind, kept)

    def count(self, kind: str, span: Span) -> int:
        return len(self._within(kind, span).t_ms)

    def events(self, span: Span) -> Sequence[HealthEvent]:
        return [each for each in self.happened if span.from_ms <= each.t_ms < span.to_ms]

    def reports(self, span: Span) -> Sequence[DeviceReport]:
        return [each for each in self.reported if span.from_ms <= each.t_ms < span.to_ms]

    def gaps(self, span: Span) -> Sequence[Gap]:
        return [each for each in self.missing if each.from_ms < span.to_ms and each.to_ms > span.from_ms]

    def _within(self, kind: str, span: Span) -> Series:
        series = self.series.get(kind) or Series.of(kind, ())
        part = (series.t_ms >= span.from_ms) & (series.t_ms < span.to_ms)
        return Series(
            kind=kind,
            t_ms=series.t_ms[part],
            value=series.value[part],
            quality=series.quality[part],
            device_index=series.device_index[part],
            devices=series.devices,
        )
