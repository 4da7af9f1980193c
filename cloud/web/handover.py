"""Handing a patient over: what happened, what is open, what was set, what is missing, what is to be done."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Query
from starlette.responses import Response

from cloud.access.guards import TreatmentVisit, VisitedPatient
from cloud.access.paces import Effort
from cloud.alerts.wording.quantities import capital
from cloud.alerts.wording.texts import kind_name
from cloud.api.dependencies import ServicesOf
from cloud.api.devices import heard_devices
from cloud.api.reader import reader_of_this_answer
from cloud.api.routes import policed_router
from cloud.api.sharing import name_of
from cloud.ports import Alert, AlertState, Device
from cloud.services import Services
from cloud.trends.course import shown_gaps
from cloud.web.conditions import condition_name, priority_word
from cloud.web.early_warning import EarlyWarningView, early_warning_view
from cloud.web.headline import by_urgency
from cloud.web.limit_views import change_rows
from cloud.web.measured import measured
from cloud.web.rendering import render
from cloud.web.views import is_worn
from cloud.web.words import N_, Phrase, Sentence

router = policed_router("hand-over-pages", documented=False, effort=Effort.LOOK)

HOURS: Final = (8, 12, 24, 72)
_USUAL: Final = 12
_HOUR_MS: Final = 3_600_000
_MOST_ALERTS: Final = 200
_MOST_NOTES: Final = 50
_LEAST_GAP_MS: Final = 5 * 60_000
_LOW_BATTERY: Final = 15
_FACTS: Final = {
    "consciousness": N_("consciousness"),
    "on_oxygen": N_("oxygen"),
    "spo2_scale": N_("scale of oxygen saturation"),
    "birth_date": N_("date of birth"),
    "is_pregnant": N_("pregnancy"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """A moment: what, who did it, and more about it."""

    t_ms: int
    what: Phrase
    who: str | None = None
    more: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """For how long a kind was not measured, in so many gaps."""

    name: str
    total_ms: int
    gaps: int


@router.get("/patients/{patient_id}/hand-over")
def handover_page(
    visit: TreatmentVisit, services: ServicesOf, hours: Annotated[int, Query(ge=1, le=168)] = _USUAL
) -> Response:
    """Show what whoever comes next should know of a patient."""
    now_ms, patient = services.clock.wall_ms(), visit.patient
    since_ms = now_ms - hours * _HOUR_MS
    alerts = services.alerts.alerts_of(patient.id, open_only=False, limit=_MOST_ALERTS)
    open_now = sorted((each for each in alerts if each.state is not AlertState.RESOLVED), key=by_urgency)
    devices = heard_devices(services, patient)
    score = early_warning_view(services.early_warnings.recent(patient.id, services.facts.now(patient.id)))
    happened = sorted(_happened(services, visit, alerts, since_ms), key=lambda each: -each.t_ms)
    return render(
        "handover.html",
        viewer=visit.viewer,
        patient=patient,
        hours=hours,
        choices=HOURS,
        since_ms=since_ms,
        now_ms=now_ms,
        by=visit.viewer.person.display_name,
        open_alerts=[(each, condition_name(each), priority_word(each)) for each in open_now],
        early_warning=score,
        measured=measured(services.series.latest(patient.id), reader_of_this_answer().of_alerts()),
        happened=happened,
        missing=_missing(services, patient.id, since_ms, now_ms),
        todo=[*_todo(open_now, devices, score)],
        is_cut=len(alerts) == _MOST_ALERTS,
    )


def _happened(
    services: Services, visit: VisitedPatient, alerts: Sequence[Alert], since_ms: int
) -> Iterator[Happening]:
    patient_id = visit.patient.id
    for alert in alerts:
        yield from (each for each in _of_alert(services, alert) if each.t_ms >= since_ms)
    for note in services.notes.newest(patient_id, _MOST_NOTES):
        if note.made_ms >= since_ms:
            written = Sentence(message=N_("Note"))
            who = name_of(services, note.author_id)
            yield Happening(t_ms=note.made_ms, what=written, who=who, more=note.text)
    found, changes = services.alert_rules.of(patient_id), services.alert_rules.changes_of(patient_id)
    for row in change_rows(changes, found, services.directory):
        if row.change.made_ms >= since_ms:
            what = Sentence(message=N_("Limit set: {what}"), fields={"what": row.title})
            yield Happening(t_ms=row.change.made_ms, what=what, who=row.author, more=row.change.reason)
    for fact in services.facts.history(patient_id):
        if fact.made_ms >= since_ms:
            said = Sentence(message=_FACTS.get(fact.name, fact.name))
            what = Sentence(message=N_("Charted: {what}"), fields={"what": said})
            yield Happening(t_ms=fact.made_ms, what=what, who=name_of(services, fact.author_id))


def _of_alert(services: Services, alert: Alert) -> Iterator[Happening]:
    name: dict[str, object] = {"what": condition_name(alert)}
    yield Happening(t_ms=alert.raised_ms, what=Sentence(message=N_("Alert: {what}"), fields=name))
    if alert.acknowledged_ms is not None:
        who = name_of(services, alert.acknowledged_by) if alert.acknowledged_by else None
        what = Sentence(message=N_("Taken on: {what}"), fields=name)
        yield Happening(t_ms=alert.acknowledged_ms, what=what, who=who)
    if alert.resolved_ms is not None:
        yield Happening(t_ms=alert.resolved_ms, what=Sentence(message=N_("Over: {what}"), fields=name))


def _missing(services: Services, patient_id: str, since_ms: int, now_ms: int) -> Sequence[Missing]:
    words = reader_of_this_answer().of_alerts().words
    found = []
    for kind in services.series.latest(patient_id):
        gaps, _ = shown_gaps(services.occurrences.gaps(patient_id, kind, since_ms, now_ms), since_ms, now_ms)
        total_ms = sum(each.to_ms - each.from_ms for each in gaps)
        if total_ms >= _LEAST_GAP_MS:
            name = capital(kind_name(kind, words))
            found.append(Missing(name=name, total_ms=total_ms, gaps=len(gaps)))
    return sorted(found, key=lambda each: -each.total_ms)


def _todo(
    open_now: Sequence[Alert], devices: Sequence[Device], score: EarlyWarningView | None
) -> Iterator[Phrase]:
    """Say what is left to be done, as far as it can be told from what is known."""
    for alert in open_now:
        if alert.state.awaits_a_person:
            name = condition_name(alert)
            yield Sentence(message=N_("Answer the alert: {what}"), fields={"what": name})
    for part in () if score is None else score.missing:
        yield Sentence(message=N_("Measure or chart: {what}"), fields={"what": part})
    if devices and not is_worn(devices):
        yield Sentence(message=N_("Put the sensor on"))
    for device in devices:
        if device.battery_percent is not None and device.battery_percent <= _LOW_BATTERY:
            fields = {"device": device.model or device.id}
            yield Sentence(message=N_("Charge or change the battery: {device}"), fields=fields)
