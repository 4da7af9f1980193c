"""What those who treat a patient write down of them, and read of others."""

from typing import Final

from starlette.responses import RedirectResponse, Response

from cloud.access.guards import TreatmentVisit, VisitedPatient
from cloud.api.dependencies import ServicesOf
from cloud.api.routes import policed_router
from cloud.api.sharing import name_of
from cloud.care.note_desk import LONGEST_NOTE
from cloud.services import Services
from cloud.web.forms import Form
from cloud.web.refusals import refusal, status_of
from cloud.web.rendering import render
from vitals.errors import CarewireError, StorageError, ValidationError

router = policed_router("note-pages", documented=False)

MOST_NOTES: Final = 100


@router.get("/patients/{patient_id}/notes")
def notes_page(visit: TreatmentVisit, services: ServicesOf) -> Response:
    """Show the newest notes, and a form for another."""
    return _page(visit, services)


@router.post("/patients/{patient_id}/notes")
def write_note(visit: TreatmentVisit, services: ServicesOf, form: Form) -> Response:
    """Keep a note; one that cannot be kept stays in the form."""
    text = form.get("text", "")
    try:
        services.notes.write(visit.patient.id, text, by=visit.viewer.person.id)
    except (ValidationError, StorageError) as error:
        return _page(visit, services, error, text)
    return RedirectResponse(f"/patients/{visit.patient.id}/notes", status_code=303)


def _page(
    visit: VisitedPatient, services: Services, error: CarewireError | None = None, text: str = ""
) -> Response:
    found = services.notes.newest(visit.patient.id, MOST_NOTES + 1)
    return render(
        "notes.html",
        status_of(error),
        viewer=visit.viewer,
        patient=visit.patient,
        notes=[(each, name_of(services, each.author_id)) for each in found[:MOST_NOTES]],
        is_cut=len(found) > MOST_NOTES,
        failed=None if error is None else refusal(error),
        text=text,
        longest=LONGEST_NOTE,
        now_ms=services.clock.wall_ms(),
    )
