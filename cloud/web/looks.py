"""The page for the patient: who looked at what, when, and whether the record of that holds."""

from http import HTTPStatus
from typing import Final

from starlette.responses import RedirectResponse, Response

from cloud.access.guards import Oneself, OwnVisit
from cloud.api.dependencies import ServicesOf
from cloud.api.ledger import Before, Number, proven, proven_deed
from cloud.api.problems import ProblemError
from cloud.api.routes import policed_router
from cloud.ledger.desk import Shown
from cloud.services import Services
from cloud.web.deeds import deed_row
from cloud.web.rendering import render

router = policed_router("looks", documented=False)

ROWS: Final = 50
_NOT_YOURS: Final = "there is nothing here for you: check the address"


@router.get("/me/looks")
def own_looks(viewer: Oneself) -> Response:
    """Lead somebody whose readings are kept to who looked at them."""
    patient_id = viewer.person.patient_id
    if patient_id is None:
        raise ProblemError(
            HTTPStatus.NOT_FOUND, "no readings of yours are kept here, and nobody looks at them"
        )
    return RedirectResponse(f"/patients/{patient_id}/looks", status_code=303)


@router.get("/patients/{patient_id}/looks")
def looks_page(visit: OwnVisit, services: ServicesOf, before: Before = None) -> Response:
    """Show who looked, newest first."""
    found = services.ledger.of_patient(visit.patient.id, before, ROWS + 1)
    rows = [deed_row(services, each, visit.viewer.person.id) for each in found[:ROWS]]
    return render(
        "looks.html",
        viewer=visit.viewer,
        patient=visit.patient,
        rows=rows,
        older=rows[-1].number if len(found) > ROWS else None,
        is_first=before is None,
        now_ms=services.clock.wall_ms(),
    )


@router.get("/patients/{patient_id}/looks/{number}")
def look_page(visit: OwnVisit, services: ServicesOf, number: Number) -> Response:
    """Show one entry, and check it against the newest signed head."""
    found = _own(services, visit.patient.id, number)
    proof = proven(services, number)
    return render(
        "look.html",
        viewer=visit.viewer,
        patient=visit.patient,
        row=deed_row(services, found, visit.viewer.person.id),
        proof=proof,
        line=proof.recorded.line.decode(),
        public_key=services.ledger.public_key(),
        now_ms=services.clock.wall_ms(),
    )


@router.get("/patients/{patient_id}/looks/{number}/record.json")
def look_file(visit: OwnVisit, services: ServicesOf, number: Number) -> Response:
    """Give the entry and its proof as a file to keep."""
    record = proven_deed(services, _own(services, visit.patient.id, number))
    name = f"carewire-entry-{number}.json"
    return Response(
        record.model_dump_json(indent=1),
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _own(services: Services, patient_id: str, number: int) -> Shown:
    found = services.ledger.of_patient_one(patient_id, number)
    if found is None:
        raise ProblemError(HTTPStatus.NOT_FOUND, _NOT_YOURS)
    return found
