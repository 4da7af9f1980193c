"""What a patient may do with everything that is kept of them: have it, and have it erased."""

from http import HTTPStatus
from typing import Any, Final

from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from cloud.access.guards import Anyone, OwnVisit
from cloud.access.proof import RecentlyProved
from cloud.access.visits import VisitedPatient
from cloud.api.dependencies import ServicesOf
from cloud.api.problems import ProblemError
from cloud.api.routes import policed_router, problems
from cloud.api.times import iso, iso_or_none
from cloud.ports import Erasure, ErasureState
from cloud.services import Services

router = policed_router("own data")

_A_ZIP: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "A ZIP of everything, written as it is read.", "content": {"application/zip": {}}}
}


class ErasureIn(BaseModel):
    """That it is really meant."""

    really: bool = Field(description="True: everything is to be erased for good.")


class ErasureOut(BaseModel):
    """An erasure that was asked for. Once it is done, this is its certificate: it names nobody."""

    reference: str = Field(description="Ask after it by this, once your sign-in is gone too: keep it.")
    state: ErasureState
    asked: str
    due: str = Field(description="When it begins; until then it can be taken back.")
    ended: str | None
    erased: dict[str, int] = Field(description="How many rows of which sort are gone.")
    gateways: list[str] = Field(description="Gateways that were asked to drop what they hold.")


class WaitingOut(BaseModel):
    """The erasure of a patient that can still be taken back; nothing where none waits."""

    erasure: ErasureOut | None
    asked_by: str | None = Field(description="The name of who asked for it.")


@router.get(
    "/api/v1/patients/{patient_id}/export",
    response_class=StreamingResponse,
    responses=_A_ZIP | problems(403, 503),
)
def export(visit: OwnVisit, _proof: RecentlyProved, services: ServicesOf) -> StreamingResponse:
    """Return everything that is kept of a patient, to the patient: tables, pages, and who looked."""
    return everything(visit, services)


def everything(visit: VisitedPatient, services: Services) -> StreamingResponse:
    """Return the file, written as it is read, and enter in the ledger that it was given."""
    given = services.exports.give(visit.patient, visit.viewer.person.id)
    return StreamingResponse(
        given.pieces,
        media_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{given.file_name}"',
            "Cache-Control": "no-store",
        },
    )


@router.post("/api/v1/patients/{patient_id}/erasure", responses=problems(400, 403, 413, 503))
def ask_to_be_erased(
    visit: OwnVisit, _proof: RecentlyProved, services: ServicesOf, body: ErasureIn
) -> ErasureOut:
    """Have everything of the patient erased for good in seven days, unless it is taken back until then."""
    if not body.really:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "say really: true, or do nothing", errors=("really",)
        )
    return _out(services.erasures.ask(visit.patient.id, visit.viewer.person))


@router.get("/api/v1/patients/{patient_id}/erasure", responses=problems(503))
def waiting(visit: OwnVisit, services: ServicesOf) -> WaitingOut:
    """Tell whether everything of the patient is to be erased, who asked for it and when it begins."""
    found = services.erasures.waiting(visit.patient.id)
    if found is None:
        return WaitingOut(erasure=None, asked_by=None)
    person = services.directory.person(found.asked_by)
    return WaitingOut(erasure=_out(found), asked_by=person.display_name if person else None)


@router.delete(
    "/api/v1/patients/{patient_id}/erasure",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(403, 409, 503),
)
def take_it_back(visit: OwnVisit, services: ServicesOf) -> None:
    """Take back that the patient is to be erased, as long as it has not begun."""
    if not services.erasures.take_back(visit.patient.id, visit.viewer.person):
        raise ProblemError(HTTPStatus.CONFLICT, "nothing waits that could be taken back")


@router.get("/api/v1/erasures/{reference}", responses=problems(404, 503))
def certificate(_: Anyone, services: ServicesOf, reference: str) -> ErasureOut:
    """Return how far an erasure is, to whoever has its reference: nobody can guess it."""
    found = services.erasures.by_reference(reference)
    if found is None:
        raise ProblemError(HTTPStatus.NOT_FOUND, "no erasure has this reference: look whether it is whole")
    return _out(found)


def _out(erasure: Erasure) -> ErasureOut:
    return ErasureOut(
        reference=erasure.reference,
        state=erasure.state,
        asked=iso(erasure.asked_ms),
        due=iso(erasure.due_ms),
        ended=iso_or_none(erasure.ended_ms),
        erased=dict(erasure.rows),
        gateways=list(erasure.gateways),
    )
