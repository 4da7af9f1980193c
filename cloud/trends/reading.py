"""Reads a course from the ports that know of it, no finer than a chart can show."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cloud.alerts.rules.rows import EventRule, ThresholdRule
from cloud.burden.service import Burdens
from cloud.care.alert_rules import AlertRules, Standing
from cloud.early_warning.local_time import LocalTime
from cloud.early_warning.service import EarlyWarnings
from cloud.ports import (
    LEAST_QUALITY,
    Facts,
    OccurrenceReader,
    RollupQuery,
    RollupReader,
    Series,
    SeriesReader,
)
from cloud.trends.course import Course, LimitLine, Line, Marker, every_ms_of, shown_gaps, usual_bands
from vitals.kinds import OBSERVATION_KINDS

__all__ = ["Span", "Trends"]

_MOST_VALUES: Final = 20_000
_MOST_MARKERS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Half open: from <= t < to."""

    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trends:
    """Puts together what a chart shows of one kind of one patient."""

    series: SeriesReader
    rollups: RollupReader
    occurrences: OccurrenceReader
    early_warnings: EarlyWarnings
    alert_rules: AlertRules
    burdens: Burdens
    local: LocalTime

    def course(self, patient_id: str, kind: str, span: Span, facts: Facts, *, with_alerts: bool) -> Course:
        """Return the course of a kind; limits and alerts only to whom alerts are open.

        Raises
        ------
        StorageError
            A store cannot answer.
        """
        every_ms = every_ms_of(span.to_ms - span.from_ms)
        if every_ms:
            line, left_out, omitted = self.summed(patient_id, kind, span, every_ms), 0, 0
        else:
            line, left_out, omitted = self._each(patient_id, kind, span)
        gaps, short = shown_gaps(
            self.occurrences.gaps(patient_id, kind, span.from_ms, span.to_ms), span.from_ms, span.to_ms
        )
        standing = self.alert_rules.of(patient_id) if with_alerts else ()
        return Course(
            kind=kind,
            from_ms=span.from_ms,
            to_ms=span.to_ms,
            every_ms=every_ms,
            line=line,
            gaps=gaps,
            short_gaps=short,
            usual=usual_bands(
                self.early_warnings.usual_by_hour(patient_id, kind), span.from_ms, span.to_ms, self.local
            ),
            limits=_limits(kind, standing, facts),
            markers=self._markers(patient_id, kind, span, standing) if with_alerts else (),
            left_out=left_out,
            omitted=omitted,
        )

    def summed(self, patient_id: str, kind: str, span: Span, every_ms: int) -> Line:
        """Return a kind summed up every so often: of values that can be judged."""
        from_ms = span.from_ms - span.from_ms % every_ms
        found = self.rollups.rollups(
            patient_id, RollupQuery(kind=kind, from_ms=from_ms, to_ms=span.to_ms, every_ms=every_ms)
        )
        return Line(
            t_ms=found.from_ms,
            mean=found.mean,
            minimum=found.minimum,
            maximum=found.maximum,
            count=found.count,
        )

    def _each(self, patient_id: str, kind: str, span: Span) -> tuple[Line, int, int]:
        series = self.series.observations(patient_id, kind, span.from_ms, span.to_ms, _MOST_VALUES)
        judged = _judged(series)
        t_ms, value = series.t_ms[judged], series.value[judged]
        ones = np.ones(len(value), np.int64)
        line = Line(t_ms=t_ms, mean=value, minimum=value, maximum=value, count=ones)
        return line, int((~judged).sum()), series.omitted

    def _markers(
        self, patient_id: str, kind: str, span: Span, standing: Sequence[Standing]
    ) -> Sequence[Marker]:
        shown_with = {one.row.key: _kind_of(one) for one in standing}
        found = self.burdens.reader.courses([patient_id], span.from_ms, span.to_ms, _MOST_MARKERS)
        return tuple(
            Marker(
                id=one.id,
                condition=one.condition,
                priority=one.priority,
                family=one.family,
                raised_ms=one.raised_ms,
            )
            for one in found.courses
            if shown_with.get(one.condition) == kind
        )


def _judged(series: Series) -> NDArray[np.bool_]:
    low, high = OBSERVATION_KINDS[series.kind].plausible
    judged: NDArray[np.bool_] = (series.value >= low) & (series.value <= high)
    return judged & ~(series.quality < LEAST_QUALITY)


def _limits(kind: str, standing: Sequence[Standing], facts: Facts) -> Sequence[LimitLine]:
    return tuple(
        LimitLine(
            rule=one.row.key, direction=one.row.direction, limit=one.row.limit, priority=one.row.priority
        )
        for one in standing
        if isinstance(one.row, ThresholdRule)
        and one.row.kind == kind
        and not one.is_off
        and one.row.concerns(facts)
    )


def _kind_of(standing: Standing) -> str | None:
    """Return with which kind an alert of a rule is shown."""
    row = standing.row
    if isinstance(row, EventRule):
        return row.history
    kind: str | None = getattr(row, "kind", None)
    return kind
