"""One inbox over everyone whom somebody cares for: what needs them first, and what is said of all others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from cloud.access.guards import Oneself
from cloud.access.looking import SUMMARY, looked
from cloud.access.paces import Effort
from cloud.access.policies import Policy
from cloud.access.visits import VisitedPatient, open_to
from cloud.alerts.wording.quantities import Reader
from cloud.api.dependencies import ServicesOf
from cloud.api.routes import policed_router
from cloud.ports import Alert, AlertState, Basis, Patient, Silence
from cloud.services import Services
from cloud.web.conditions import condition_title, priority_word
from cloud.web.headline import by_urgency
from cloud.web.rendering import render
from cloud.web.unread import unread_rows
from cloud.web.views import MOST_OPEN, PatientRow, patient_row
from cloud.web.words import OfAlerts, Phrase

router = policed_router("inbox", documented=False, effort=Effort.LOOK)

MOST_PEOPLE: Final = 200
MOST_ROWS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """An open alert: whose, what, how urgent, and who is on it."""

    alert: Alert
    patient: Patient
    title: Phrase
    priority: Phrase
    taken_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SilencedRow:
    """A condition of somebody's that is not told of now."""

    silence: Silence
    patient: Patient
    title: Phrase
    may_end: bool


@router.get("/inbox")
def inbox(viewer: Oneself, services: ServicesOf) -> Response:
    """Show every open alert that somebody is told of, by urgency; then how all others are."""
    visible = open_to(services, viewer, Policy.PATIENT_ALERTS)
    shown = visible[:MOST_PEOPLE]
    ids = [each.patient.id for each in shown]
    looked(services, viewer, Policy.PATIENT_ALERTS, ids)
    looked(services, viewer, SUMMARY, ids)
    now_ms = services.clock.wall_ms()
    rows = _rows(services, shown)
    troubled = {row.patient.id for row in rows}
    others = [patient_row(services, each) for each in shown if each.patient.id not in troubled]
    waiting = [row for row in rows if row.alert.state.awaits_a_person]
    return render(
        "inbox.html",
        viewer=viewer,
        people=len(shown),
        waiting=waiting[:MOST_ROWS],
        waiting_of=len({row.patient.id for row in waiting}),
        taken=[row for row in rows if not row.alert.state.awaits_a_person][:MOST_ROWS],
        others=_uncertain_first(others),
        uncertain=sum(1 for each in others if not each.headline.is_calm),
        silenced=_silenced(services, shown, now_ms),
        unread=unread_rows(services, viewer, shown),
        omitted=len(visible) - len(shown),
        more=max(0, len(rows) - MOST_ROWS),
        now_ms=now_ms,
    )


def _rows(services: Services, visits: Sequence[VisitedPatient]) -> Sequence[InboxRow]:
    rows = [
        _row(services, visit.patient, alert)
        for visit in visits
        for alert in services.alerts.alerts_of(visit.patient.id, open_only=True, limit=MOST_OPEN)
        if alert.state is not AlertState.PENDING
    ]
    return sorted(rows, key=lambda row: by_urgency(row.alert))


def _row(services: Services, patient: Patient, alert: Alert) -> InboxRow:
    by = services.directory.person(alert.acknowledged_by) if alert.acknowledged_by else None
    return InboxRow(
        alert=alert,
        patient=patient,
        title=condition_title(alert),
        priority=priority_word(alert),
        taken_by=by.display_name if by else None,
    )


def _uncertain_first(rows: Sequence[PatientRow]) -> Sequence[PatientRow]:
    return sorted(rows, key=lambda row: row.headline.is_calm)


def _silenced(services: Services, visits: Sequence[VisitedPatient], now_ms: int) -> Sequence[SilencedRow]:
    """Return what is held back now: that nothing is heard is said."""
    by_id = {each.patient.id: each for each in visits}
    return [
        SilencedRow(
            silence=one,
            patient=by_id[one.patient_id].patient,
            title=_called(one.condition),
            may_end=by_id[one.patient_id].bases != {Basis.GLASS},
        )
        for one in services.silences.book.in_force(now_ms)
        if one.patient_id in by_id
    ]


def _called(condition: str) -> OfAlerts:
    """Return what a condition is called; one that there are no words for, by its key."""

    def told(reader: Reader) -> str:
        known = reader.words.conditions.get(condition)
        return known.title if known else condition

    return OfAlerts(told=told)
