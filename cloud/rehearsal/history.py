"""What a rehearsal reads of one patient, a stretch at a time: weeks at 1 Hz are too much to hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from cloud.ports import OccurrenceReader, RollupQuery, RollupReader, Rollups, Series, SeriesReader
from vitals.kinds import OBSERVATION_KINDS
from vitals.records import DeviceReport, Gap, HealthEvent

__all__ = ["MINUTE_MS", "History", "Span", "StoredHistory"]

MINUTE_MS: Final = 60_000
_MOST_POINTS: Final = 500_000
"""Of one kind in one stretch: some twenty times what a wearable tells at 1 Hz in six hours."""
_MOST_REPORTS: Final = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Half open: from <= t < to."""

    from_ms: int
    to_ms: int


class History(Protocol):
    """One patient's stored history."""

    def minutes(self, kind: str, span: Span) -> Rollups:
        """Return count, lowest and highest of each minute that has values that can be judged."""
        ...

    def points(self, kind: str, span: Span) -> Series:
        """Return every value, judged or not."""
        ...

    def count(self, kind: str, span: Span) -> int:
        """Return how many values there are, judged or not, without reading them."""
        ...

    def events(self, span: Span) -> Sequence[HealthEvent]:
        """Return what gateways concluded, oldest first."""
        ...

    def reports(self, span: Span) -> Sequence[DeviceReport]:
        """Return how devices said they were, oldest first."""
        ...

    def gaps(self, span: Span) -> Sequence[Gap]:
        """Return what was declared missing, of all kinds, oldest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredHistory:
    """A patient's history where it lies."""

    patient_id: str
    series: SeriesReader
    rollups: RollupReader
    occurrences: OccurrenceReader

    def minutes(self, kind: str, span: Span) -> Rollups:
        """Return the minutes of a kind, from whole minutes on."""
        from_ms = span.from_ms - span.from_ms % MINUTE_MS
        query = RollupQuery(kind=kind, from_ms=from_ms, to_ms=span.to_ms, every_ms=MINUTE_MS)
        return self.rollups.rollups(self.patient_id, query)

    def points(self, kind: str, span: Span) -> Series:
        """Return the points of a kind."""
        return self.series.observations(self.patient_id, kind, span.from_ms, span.to_ms, _MOST_POINTS)

    def count(self, kind: str, span: Span) -> int:
        """Return how many points a kind has."""
        found = self.series.observations(self.patient_id, kind, span.from_ms, span.to_ms, 0)
        return len(found.t_ms) + found.omitted

    def events(self, span: Span) -> Sequence[HealthEvent]:
        """Return the health events."""
        return self.occurrences.events(self.patient_id, span.from_ms, span.to_ms)

    def reports(self, span: Span) -> Sequence[DeviceReport]:
        """Return the newest reports of devices."""
        return self.occurrences.device_reports(self.patient_id, span.from_ms, span.to_ms, _MOST_REPORTS)

    def gaps(self, span: Span) -> Sequence[Gap]:
        """Return the gaps of all kinds."""
        found = [
            gap
            for kind in OBSERVATION_KINDS
            for gap in self.occurrences.gaps(self.patient_id, kind, span.from_ms, span.to_ms)
        ]
        return sorted(found, key=lambda gap: (gap.from_ms, gap.to_ms, gap.device, gap.kind))
