"""Breaking the glass in an emergency, ending it, and the list that administrators look into."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Path, Query
from pydantic import BaseModel, Field

from cloud.access.glass import LONGEST_BREAK_MIN
from cloud.access.guards import Administrator, Clinician
from cloud.access.proof import RecentlyProved
from cloud.api.dependencies import ServicesOf
from cloud.api.problems import ProblemError
from cloud.api.routes import policed_router, problems
from cloud.api.sharing import name_of
from cloud.api.times import iso, iso_or_none
from cloud.ports import GlassBreak
from cloud.services import Services
from vitals.errors import ValidationError

router = policed_router("emergency")

MOST_BREAKS: Final = 500
_ID: Final = Path(max_length=64)


class BreakIn(BaseModel):
    """Whose record cannot wait, why, and for how long it is needed. The patient reads the reason."""

    patient_id: str = Field(max_length=64)
    reason: str = Field(min_length=10, max_length=500)
    minutes: int = Field(default=60, ge=1, le=LONGEST_BREAK_MIN)


class BreakOut(BaseModel):
    """A record that was opened without a grant."""

    id: str
    patient_id: str
    person: str
    reason: str
    from_: str = Field(alias="from")
    until: str
    reviewed: str | None
    reviewed_by: str | None = Field(description="Who looked into it: not who did it.")


class BreaksOut(BaseModel):
    """What was opened, those nobody has reviewed first."""

    breaks: list[BreakOut]


@router.post("/api/v1/glass-breaks", responses=problems(400, 404, 413, 422, 503))
def break_glass(viewer: Clinician, _: RecentlyProved, services: ServicesOf, body: BreakIn) -> BreakOut:
    """Open a patient's record in an emergency. The patient and theirs are told of it at once."""
    try:
        services.glass.refuse_unfit(viewer.person, body.reason, body.minutes)
        if services.directory.patient(body.patient_id) is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, "there is no such patient: check the code")
        made = services.glass.break_(body.patient_id, viewer.person, body.reason, body.minutes)
    except ValidationError as error:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error
    return _break_out(services, made)


@router.delete("/api/v1/glass-breaks/{break_id}", responses=problems(404, 503))
def end(viewer: Clinician, services: ServicesOf, break_id: Annotated[str, _ID]) -> BreakOut:
    """Close what one opened, sooner than it closes by itself."""
    found = services.glass.broken(break_id)
    if found is None or found.person_id != viewer.person.id:
        raise ProblemError(HTTPStatus.NOT_FOUND, "you opened nothing of this id: check it")
    services.glass.end(found)
    return _break_out(services, services.glass.broken(break_id) or found)


@router.get("/api/v1/glass-breaks", responses=problems(503))
def breaks(
    _: Administrator, services: ServicesOf, limit: Annotated[int, Query(ge=1, le=MOST_BREAKS)] = 100
) -> BreaksOut:
    """List what was opened without a grant, for review: by whom and why, and nothing of what they saw."""
    return BreaksOut(breaks=[_break_out(services, one) for one in services.glass.all(limit)])


@router.post("/api/v1/glass-breaks/{break_id}/review", responses=problems(404, 422, 503))
def review(viewer: Administrator, services: ServicesOf, break_id: Annotated[str, _ID]) -> BreakOut:
    """Note that somebody looked into it who is not who did it."""
    found = services.glass.broken(break_id)
    if found is None:
        raise ProblemError(HTTPStatus.NOT_FOUND, "nothing of this id was opened: check it")
    try:
        services.glass.review(found, viewer.person.id)
    except ValidationError as error:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error
    return _break_out(services, services.glass.broken(break_id) or found)


def _break_out(services: Services, one: GlassBreak) -> BreakOut:
    return BreakOut.model_validate(
        {
            "id": one.id,
            "patient_id": one.patient_id,
            "person": name_of(services, one.person_id),
            "reason": one.reason,
            "from": iso(one.from_ms),
            "until": iso(one.until_ms),
            "reviewed": iso_or_none(one.reviewed_ms),
            "reviewed_by": one.reviewed_by and name_of(services, one.reviewed_by),
        }
    )
