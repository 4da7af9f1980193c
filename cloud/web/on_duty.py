"""Who has the duty of a patient, as pages say it, and the page where it is taken over and handed on."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from starlette.responses import RedirectResponse, Response

from cloud.access.guards import AlertsSettingVisit, Oneself
from cloud.access.looking import looked
from cloud.access.paces import Effort
from cloud.access.policies import Policy
from cloud.access.visits import VisitedPatient, open_to
from cloud.alerts.telling.duty_desk import Finding
from cloud.api.dependencies import ServicesOf
from cloud.api.problems import ProblemError
from cloud.api.routes import policed_router
from cloud.ports import Basis, Patient, Person
from cloud.services import Services
from cloud.web.forms import Form
from cloud.web.rendering import render
from cloud.web.words import N_, Sentence, isolated
from vitals.errors import ValidationError

__all__ = ["Duty", "on_duty", "router"]

router = policed_router("duty-pages", documented=False, effort=Effort.LOOK)

MOST_ROWS: Final = 50
HOURS: Final = (2, 4, 8, 12, 24)
"""How long somebody may take it over for, besides until somebody else does."""
_HOUR_MS: Final = 3_600_000
_NOBODY: Final = Sentence(message=N_("Nobody has the duty now: everyone is told."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """A patient's duty now: the sentence, until when it holds, and to whom it can pass."""

    patient: Patient
    sentence: Sentence
    is_own: bool
    is_somebodys: bool
    until_ms: int | None
    others: tuple[Person, ...]
    may_set: bool
    findings: tuple[Finding, ...]


def on_duty(services: Services, visit: VisitedPatient) -> Duty:
    """Return who has the duty of a patient whose alerts are open to somebody."""
    me, outlook = visit.viewer.person, services.duties.outlook(visit.patient.id)
    people = services.duties.people(visit.patient.id)
    first, *later = outlook.stretches
    return Duty(
        patient=visit.patient,
        sentence=_said(first.person_ids, people, me),
        is_own=me.id in first.person_ids,
        is_somebodys=bool(first.person_ids),
        until_ms=first.until_ms if later else None,
        others=tuple(one for one in people if one.id != me.id and one.patient_id != visit.patient.id),
        may_set=visit.bases != {Basis.GLASS},
        findings=tuple(outlook.findings),
    )


@router.get("/duty")
def duty_page(viewer: Oneself, services: ServicesOf) -> Response:
    """Show of everyone whose alerts are open to somebody who has the duty."""
    visible = open_to(services, viewer, Policy.PATIENT_ALERTS)
    shown = visible[:MOST_ROWS]
    looked(services, viewer, Policy.PATIENT_ALERTS, [each.patient.id for each in shown])
    return render(
        "duty.html",
        viewer=viewer,
        rows=[on_duty(services, each) for each in shown],
        omitted=len(visible) - len(shown),
        hours=HOURS,
        now_ms=services.clock.wall_ms(),
    )


@router.post("/patients/{patient_id}/duty")
def take_duty(visit: AlertsSettingVisit, services: ServicesOf, form: Form) -> Response:
    """Take the duty over, or hand it to somebody else, for some hours or until somebody takes it over."""
    try:
        until_ms = _until(form.get("hours", ""), services.clock.wall_ms())
        who = _who(services, visit, form.get("person", ""))
        services.duties.take(visit.patient.id, who, until_ms, visit.viewer.person)
    except ValidationError as error:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), errors=("person",)) from error
    return RedirectResponse("/duty", status_code=303)


@router.post("/patients/{patient_id}/duty/end")
def end_duty(visit: AlertsSettingVisit, services: ServicesOf) -> Response:
    """End one's own shift: the rota holds again, or else everyone is told."""
    services.duties.give_back(visit.patient.id, visit.viewer.person)
    return RedirectResponse("/duty", status_code=303)


def _until(hours: str, now_ms: int) -> int | None:
    if not hours:
        return None
    if hours not in {str(each) for each in HOURS}:
        raise ValidationError("choose for how long")
    return now_ms + int(hours) * _HOUR_MS


def _who(services: Services, visit: VisitedPatient, person_id: str) -> Person:
    """Return who takes the duty over: the viewer, unless they name another who may."""
    if not person_id:
        return visit.viewer.person
    found = next((one for one in services.duties.people(visit.patient.id) if one.id == person_id), None)
    if found is None:
        raise ValidationError("this person may not see the patient: grant access first")
    return found


def _said(person_ids: Sequence[str], people: Sequence[Person], me: Person) -> Sentence:
    names = {one.id: one.display_name for one in people}
    if not person_ids:
        return _NOBODY
    if me.id in person_ids:
        return Sentence(message=N_("You have the duty."))
    who = ", ".join(isolated(names[each]) for each in person_ids if each in names)
    if not who:
        return Sentence(message=N_("Somebody who may not see the patient any more has the duty."))
    return Sentence(message=N_("{who} has the duty."), fields={"who": who})
