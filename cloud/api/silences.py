"""What somebody does not want to hear of for a while: a condition, until a time, with a reason."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Path, Query
from pydantic import BaseModel, Field

from cloud.access.guards import AlertsSettingVisit, AlertsVisit
from cloud.api.dependencies import ServicesOf
from cloud.api.problems import ProblemError
from cloud.api.routes import policed_router, problems
from cloud.api.times import iso, iso_or_none
from cloud.ports import Priority, Silence
from vitals.errors import ValidationError

router = policed_router("silences")

MOST_SILENCES: Final = 200
MINUTE_MS: Final = 60_000
LONGEST_MINUTES: Final = 24 * 60


class SilenceIn(BaseModel):
    """A condition has one direction: to silence a fast heart silences no slow one."""

    condition: str = Field(max_length=64)
    minutes: int = Field(ge=1, le=LONGEST_MINUTES, description="For how long, from now.")
    reason: str = Field(min_length=1, max_length=500)


class SilenceOut(BaseModel):
    """A silence, and whether it holds anything back now."""

    id: str
    condition: str
    from_: str = Field(alias="from", description="ISO 8601 UTC.")
    until: str
    floor: Priority = Field(description="Alerts of this priority and above go out all the same.")
    author_id: str
    reason: str
    ended: str | None = Field(description="When somebody took it back.")
    ended_by: str | None
    in_force: bool


class SilencesOut(BaseModel):
    """Newest first; `omitted` is true when there are older ones beyond the limit."""

    silences: list[SilenceOut]
    omitted: bool


@router.get("/api/v1/patients/{patient_id}/silences", responses=problems(422, 503))
def silences(
    visit: AlertsVisit, services: ServicesOf, limit: Annotated[int, Query(ge=1, le=MOST_SILENCES)] = 50
) -> SilencesOut:
    """List a patient's silences, those that are over too."""
    found = services.silences.book.of(visit.patient.id, limit + 1)
    now_ms = services.clock.wall_ms()
    return SilencesOut(
        silences=[_silence_out(one, now_ms) for one in found[:limit]], omitted=len(found) > limit
    )


@router.post("/api/v1/patients/{patient_id}/silences", responses=problems(400, 413, 503))
def silence(visit: AlertsSettingVisit, services: ServicesOf, body: SilenceIn) -> SilenceOut:
    """Hold a condition back for a while. What asks for an immediate response goes out all the same."""
    now_ms = services.clock.wall_ms()
    until_ms = now_ms + body.minutes * MINUTE_MS
    try:
        made = services.silences.silence(
            visit.patient.id, body.condition, until_ms, body.reason, visit.viewer.person
        )
    except ValidationError as error:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), errors=("condition",)) from error
    return _silence_out(made, now_ms)


@router.post("/api/v1/patients/{patient_id}/silences/{silence_id}/end", responses=problems(404, 503))
def end(
    visit: AlertsSettingVisit, services: ServicesOf, silence_id: Annotated[str, Path(max_length=64)]
) -> SilenceOut:
    """Take a silence back: what still goes on is told at once."""
    found = services.silences.book.silence(silence_id)
    if found is None or found.patient_id != visit.patient.id:
        raise ProblemError(HTTPStatus.NOT_FOUND, "the patient has no such silence: list them")
    return _silence_out(services.silences.end(found, visit.viewer.person), services.clock.wall_ms())


def _silence_out(one: Silence, now_ms: int) -> SilenceOut:
    return SilenceOut.model_validate(
        {
            "id": one.id,
            "condition": one.condition,
            "from": iso(one.from_ms),
            "until": iso(one.until_ms),
            "floor": one.floor,
            "author_id": one.author_id,
            "reason": one.reason,
            "ended": iso_or_none(one.ended_ms),
            "ended_by": one.ended_by,
            "in_force": one.ended_ms is None and one.from_ms <= now_ms < one.until_ms,
        }
    )
