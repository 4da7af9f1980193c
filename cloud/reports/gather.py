"""From the ports to a report: each section read by itself, only if it is asked for and open."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cloud.alerts.rules.rows import Direction, ThresholdRule
from cloud.care.alert_rules import AlertRules, Standing
from cloud.care.facts import facts_at
from cloud.early_warning.history import HOUR_MS, History
from cloud.early_warning.local_time import LocalTime
from cloud.early_warning.quantities import QUANTITIES
from cloud.ports import (
    LEAST_QUALITY,
    Alert,
    AlertReader,
    AlertState,
    Directory,
    FactBook,
    Family,
    OccurrenceReader,
    Patient,
    RollupQuery,
    RollupReader,
    Scope,
    SeriesReader,
)
from cloud.reports.contents import AlertRow, Contents, EventRow, Gaps, LimitRow, Section, Wanted
from cloud.reports.glucose import glucose_report
from cloud.reports.news_course import news_course
from cloud.reports.period import MINUTE_MS, Period
from cloud.reports.spread import Spread, spread
from cloud.reports.strips import traces
from cloud.reports.wall_clock import DAY_MS
from cloud.reports.wear import wear
from vitals.kinds import OBSERVATION_KINDS
from vitals.records import DeviceReport, GapReason, HealthEvent, Phase
from vitals.scores.news2 import CURRENT_FOR_MS

__all__ = ["GLUCOSE", "VITALS", "ReportSources", "gathered"]

GLUCOSE: Final = "glucose"
VITALS: Final = (
    "heart_rate",
    "pulse_rate",
    "respiratory_rate",
    "oxygen_saturation",
    "body_temperature",
    "systolic_pressure",
    "diastolic_pressure",
    "blood_glucose",
    "body_weight",
)
"""What is summed up, in this order; glucose under the skin has a section of its own."""
_MOST_EVENTS: Final = 100
_MOST_STRIPS: Final = 12
_MOST_ALERTS: Final = 2_000
_MOST_LISTED: Final = 100
_POINTS_AT_ONCE: Final = 50_000
_REPORTS_A_DAY: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSources:
    """The ports a report reads."""

    directory: Directory
    series: SeriesReader
    rollups: RollupReader
    occurrences: OccurrenceReader
    alerts: AlertReader
    facts: FactBook
    alert_rules: AlertRules
    local: LocalTime


def gathered(sources: ReportSources, patient: Patient, wanted: Wanted) -> Contents:
    """Read what a report of a patient says.

    Raises
    ------
    StorageError
        If a store cannot answer.
    """
    contents = Contents(patient=patient, wanted=wanted)
    for section, read in _SECTIONS.items():
        if wanted.has(section):
            contents = read(sources, contents)
    return contents


def _vitals(sources: ReportSources, contents: Contents) -> Contents:
    patient_id, period = contents.patient.id, contents.wanted.period
    found = {kind: _spread(sources, patient_id, kind, period) for kind in VITALS}
    return replace(
        contents,
        spreads=tuple(each for each in found.values() if each is not None),
        never=tuple(kind for kind, each in found.items() if each is None),
        gaps=tuple(
            _gaps(sources, patient_id, kind, period) for kind, each in found.items() if each is not None
        ),
    )


def _spread(sources: ReportSources, patient_id: str, kind: str, period: Period) -> Spread | None:
    query = RollupQuery(kind=kind, from_ms=period.from_ms, to_ms=period.to_ms, every_ms=MINUTE_MS)
    return spread(sources.rollups.rollups(patient_id, query), period, sources.local)


def _gaps(sources: ReportSources, patient_id: str, kind: str, period: Period) -> Gaps:
    by_reason: dict[GapReason, int] = {}
    for gap in sources.occurrences.gaps(patient_id, kind, period.from_ms, period.to_ms):
        lasts_ms = min(gap.to_ms, period.to_ms) - max(gap.from_ms, period.from_ms)
        by_reason[gap.reason] = by_reason.get(gap.reason, 0) + lasts_ms
    return Gaps(kind=kind, by_reason=by_reason)


def _news(sources: ReportSources, contents: Contents) -> Contents:
    patient_id, period = contents.patient.id, contents.wanted.period
    history = History(series=sources.series, rollups=sources.rollups, local=sources.local)
    notes = sources.facts.of([patient_id]).get(patient_id, ())
    first_ms = period.from_ms - CURRENT_FOR_MS
    means = {
        each.key: history.by_hour(patient_id, each, first_ms, period.to_ms - period.to_ms % HOUR_MS)
        for each in QUANTITIES
    }
    course = news_course(means, lambda t_ms: facts_at(notes, t_ms), period.from_ms)
    return replace(contents, news=course)


def _glucose(sources: ReportSources, contents: Contents) -> Contents:
    wanted = contents.wanted
    t_ms, value = _judged(sources.series, contents.patient.id, wanted.period)
    found = glucose_report(t_ms, value, wanted.period, wanted.targets, sources.local)
    never = contents.never if found else (*contents.never, GLUCOSE)
    return replace(contents, glucose=found, never=never)


def _judged(
    series: SeriesReader, patient_id: str, period: Period
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return times and values of the readings that anything may be concluded from, day by day."""
    low, high = OBSERVATION_KINDS[GLUCOSE].plausible
    times, values = [np.array([], np.int64)], [np.array([], np.float64)]
    for from_ms in range(period.from_ms, period.to_ms, DAY_MS):
        to_ms = min(from_ms + DAY_MS, period.to_ms)
        found = series.observations(patient_id, GLUCOSE, from_ms, to_ms, _POINTS_AT_ONCE)
        kept = (found.value >= low) & (found.value <= high) & ~(found.quality < LEAST_QUALITY)
        times.append(found.t_ms[kept])
        values.append(found.value[kept])
    return np.concatenate(times), np.concatenate(values)


def _events(sources: ReportSources, contents: Contents) -> Contents:
    patient_id, period = contents.patient.id, contents.wanted.period
    told = sources.occurrences.events(patient_id, period.from_ms, period.to_ms)
    ends = {each.event_id: each.t_ms for each in told if each.phase is Phase.END}
    onsets = [each for each in told if each.phase is Phase.ONSET]
    listed = onsets[-_MOST_EVENTS:]
    drawn = frozenset(each.event_id for each in listed[-_MOST_STRIPS:])
    is_open = Scope.WAVEFORMS in contents.wanted.scopes

    def row(event: HealthEvent) -> EventRow:
        shows = is_open and event.event_id in drawn
        return EventRow(
            condition=event.condition,
            began_ms=event.t_ms,
            ended_ms=ends.get(event.event_id),
            quality=event.signal_quality,
            traces=traces(sources.series, patient_id, event.t_ms) if shows else None,
        )

    return replace(
        contents,
        events=tuple(row(each) for each in listed),
        omitted_events=len(onsets) - len(listed),
        omitted_strips=max(0, len(listed) - len(drawn)) if is_open else 0,
    )


def _alerts(sources: ReportSources, contents: Contents) -> Contents:
    period = contents.wanted.period
    newest = sources.alerts.alerts_of(contents.patient.id, open_only=False, limit=_MOST_ALERTS)
    within = sorted(
        (each for each in newest if _is_of(each, period)), key=lambda each: (each.began_ms, each.id)
    )
    of_body = [each for each in within if each.family is Family.PHYSIOLOGICAL]
    listed = of_body[-_MOST_LISTED:]
    told = sources.alerts.hand_offs_of_each([each.id for each in listed])

    def row(alert: Alert) -> AlertRow:
        whom = {each.person_id for each in told.get(alert.id, ()) if not each.is_hold and each.error is None}
        return AlertRow(alert=alert, taken_on_by=_name(sources, alert.acknowledged_by), told=len(whom))

    technical: dict[str, int] = {}
    for each in within:
        if each.family is Family.TECHNICAL:
            technical[each.condition] = technical.get(each.condition, 0) + 1
    return replace(
        contents,
        alerts=tuple(row(each) for each in listed),
        omitted_alerts=len(of_body) - len(listed),
        technical=technical,
    )


def _is_of(alert: Alert, period: Period) -> bool:
    return alert.state is not AlertState.PENDING and period.from_ms <= alert.began_ms < period.to_ms


def _wear(sources: ReportSources, contents: Contents) -> Contents:
    patient_id, period = contents.patient.id, contents.wanted.period
    spans = sources.directory.worn_by(patient_id, period.from_ms, period.to_ms)
    found = wear(spans, _reports(sources.occurrences, patient_id, period))
    return replace(contents, wear=found)


def _reports(reader: OccurrenceReader, patient_id: str, period: Period) -> Iterator[DeviceReport]:
    """Yield what devices said of themselves, a day at a time."""
    for from_ms in range(period.from_ms, period.to_ms, DAY_MS):
        to_ms = min(from_ms + DAY_MS, period.to_ms)
        yield from reader.device_reports(patient_id, from_ms, to_ms, _REPORTS_A_DAY)


def _limits(sources: ReportSources, contents: Contents) -> Contents:
    """Read the limits that somebody set, and those of what was measured."""
    measured = {each.kind for each in contents.spreads} | ({GLUCOSE} if contents.glucose else set())
    rows = (_limit(sources, each) for each in sources.alert_rules.of(contents.patient.id))
    return replace(
        contents, limits=tuple(row for row in rows if row.set_by is not None or row.kind in measured)
    )


def _limit(sources: ReportSources, standing: Standing) -> LimitRow:
    row, change = standing.row, standing.change
    limit = LimitRow(
        key=row.key,
        display=row.display,
        is_off=standing.is_off,
        set_by=None if change is None else _name(sources, change.author_id),
        set_ms=None if change is None else change.made_ms,
        reason=None if change is None else change.reason,
    )
    if not isinstance(row, ThresholdRule):
        return limit
    return replace(
        limit, kind=row.kind, is_above=row.direction is Direction.ABOVE, limit=row.limit, hold_s=row.hold_s
    )


def _name(sources: ReportSources, person_id: str | None) -> str | None:
    if person_id is None:
        return None
    person = sources.directory.person(person_id)
    return person.display_name if person else person_id


_Read = Callable[[ReportSources, Contents], Contents]
_SECTIONS: Final[Mapping[Section, _Read]] = {
    Section.VITALS: _vitals,
    Section.NEWS: _news,
    Section.GLUCOSE: _glucose,
    Section.EVENTS: _events,
    Section.ALERTS: _alerts,
    Section.WEAR: _wear,
    Section.LIMITS: _limits,
}
