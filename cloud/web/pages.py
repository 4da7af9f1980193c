"""The first pages: whom one may see, and one patient now."""

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cloud.access.guards import PatientVisit, SignedIn
from cloud.access.looking import SUMMARY, looked
from cloud.access.paces import Effort
from cloud.access.policies import SHARING, Policy
from cloud.access.visits import VisitedPatient, open_to
from cloud.api.dependencies import ServicesOf
from cloud.api.reader import reader_of_this_answer
from cloud.api.routes import policed_router
from cloud.ports import Basis, Role
from cloud.services import Services
from cloud.web.headline import by_urgency
from cloud.web.own_data import waiting_erasure
from cloud.web.reasons import REASONS
from cloud.web.rendering import render
from cloud.web.unread import may_read_messages, unread_in
from cloud.web.views import PatientRow, patient_now, patient_row
from cloud.web.way_back import forget_way_back, known_way_back

router = policed_router("pages", documented=False, effort=Effort.LOOK)

MOST_ROWS: Final = 200


@router.get("/")
def home(viewer: SignedIn, request: Request, services: ServicesOf) -> Response:
    """Show whom one may see; who sees one patient only goes straight there, who was elsewhere back there.

    Who only administers goes to what needs them.
    """
    back = known_way_back(request, services.site)
    if back is not None:
        response = RedirectResponse(back, status_code=303)
        forget_way_back(response, services.site)
        return response
    if viewer.person.role is Role.CLINICIAN and viewer.limits is None:
        return RedirectResponse("/patients", status_code=303)
    visible = open_to(services, viewer, Policy.PATIENT_RELATED)
    if not visible and viewer.person.role is Role.ADMINISTRATOR and viewer.limits is None:
        return RedirectResponse("/admin", status_code=303)
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
        messages=_messages(services, visit),
        may_note=visit.bases != {Basis.GLASS},
        waiting=waiting_erasure(services, visit.viewer, visit.patient.id) if may_share else None,
    )


def _messages(services: Services, visit: VisitedPatient) -> int | None:
    """Return how many messages wait for the viewer; None: they are not for them."""
    if not may_read_messages(services, visit.viewer, visit.patient.id):
        return None
    return unread_in(services, visit.viewer, visit.patient.id)


@router.get("/patients/{patient_id}/now")
def patient_fragment(visit: PatientVisit, services: ServicesOf) -> Response:
    """Return the regions of the page that scripts put in place when something happened."""
    view = patient_now(services, visit, reader_of_this_answer())
    return render("_now.html", viewer=visit.viewer, view=view, reasons=REASONS)
