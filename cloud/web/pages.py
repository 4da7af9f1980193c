"""The pages: whom one may see, one patient now, one alert; and saying that one looks after it."""

from typing import Final

from starlette.responses import RedirectResponse, Response

from cloud.access.guards import AlertVisit, PatientVisit, SignedIn
from cloud.access.looking import SUMMARY, looked
from cloud.access.paces import Effort
from cloud.access.policies import SHARING, Policy
from cloud.access.visits import open_to
from cloud.api.alerts import acknowledged
from cloud.api.dependencies import ServicesOf
from cloud.api.reader import reader_of_this_answer
from cloud.api.routes import policed_router
from cloud.ports import Family, Scope
from cloud.web.forms import Form
from cloud.web.headline import alert_headline, by_urgency
from cloud.web.own_data import waiting_erasure
from cloud.web.reasons import REASONS, reason_of
from cloud.web.rendering import render
from cloud.web.tellings import tellings
from cloud.web.views import PatientRow, alert_view, patient_now, patient_row

router = policed_router("pages", documented=False, effort=Effort.LOOK)

MOST_ROWS: Final = 200


@router.get("/")
def home(viewer: SignedIn, services: ServicesOf) -> Response:
    """Show whom one may see; who sees one patient only goes straight there."""
    visible = open_to(services, viewer, Policy.PATIENT_RELATED)
    looked(services, viewer, SUMMARY, [visit.patient.id for visit in visible[:MOST_ROWS]])
    if len(visible) == 1:
        return RedirectResponse(f"/patients/{visible[0].patient.id}", status_code=303)
    rows = [patient_row(services, visit) for visit in visible[:MOST_ROWS]]
    rows.sort(key=_most_urgent_first)
    told = [row for row in rows if row.headline.is_told]
    return render(
        "people.html",
        viewer=viewer,
        rows=rows,
        told=len(told),
        needing=sum(1 for row in told if not row.headline.is_calm),
        omitted=len(visible) - len(rows),
    )


def _most_urgent_first(row: PatientRow) -> tuple[int, ...]:
    """Sort key: who has an alert, by how urgent it is; then who cannot be called well; then the others."""
    if row.headline.alert is not None:
        return (0, *by_urgency(row.headline.alert))
    return (2,) if row.headline.is_calm else (1,)


@router.get("/patients/{patient_id}")
def patient_page(visit: PatientVisit, services: ServicesOf) -> Response:
    """Show one patient now."""
    view = patient_now(services, visit, reader_of_this_answer())
    may_share = bool(visit.bases & SHARING.bases)
    return render(
        "patient.html",
        viewer=visit.viewer,
        view=view,
        reasons=REASONS,
        may_share=may_share,
        waiting=waiting_erasure(services, visit.viewer, visit.patient.id) if may_share else None,
    )


@router.get("/patients/{patient_id}/now")
def patient_fragment(visit: PatientVisit, services: ServicesOf) -> Response:
    """Return the regions of the page that scripts put in place when something happened."""
    view = patient_now(services, visit, reader_of_this_answer())
    return render("_now.html", viewer=visit.viewer, view=view, reasons=REASONS)


@router.get("/alerts/{alert_id}")
def alert_page(visit: AlertVisit, services: ServicesOf) -> Response:
    """Show one alert and why it was raised."""
    now_ms = services.clock.wall_ms()
    return render(
        "alert.html",
        viewer=visit.viewer,
        patient=visit.patient,
        view=alert_view(services, visit.alert, reader_of_this_answer().of_alerts(visit.viewer.person.role)),
        headline=alert_headline(visit.viewer.person, visit.patient, visit.alert, now_ms),
        tellings=tellings(services, visit.alert),
        shows_ecg=visit.shows(Scope.WAVEFORMS) and visit.alert.family is Family.PHYSIOLOGICAL,
        now_ms=now_ms,
        reasons=REASONS,
    )


@router.post("/alerts/{alert_id}/acknowledge")
def acknowledge_form(visit: AlertVisit, services: ServicesOf, form: Form) -> Response:
    """Acknowledge from a form and go back to the patient."""
    acknowledged(services, visit, reason_of(form))
    return RedirectResponse(f"/patients/{visit.patient.id}", status_code=303)
