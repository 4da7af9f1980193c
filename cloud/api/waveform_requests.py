"""Asking for raw waveforms that a gateway kept and did not send; what comes is read as all waveforms are."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Query
from pydantic import BaseModel, Field

from cloud.access.guards import WaveformsVisit
from cloud.api.commands import CommandLife, life_of
from cloud.api.dependencies import ServicesOf
from cloud.api.observations import known_kind
from cloud.api.problems import ProblemError
from cloud.api.routes import policed_router, problems
from cloud.api.times import Period, PeriodQuery, iso, iso_or_none, period
from cloud.api.waveforms import LONGEST_MS
from cloud.ports import CommandState

router = policed_router("waveforms")

MOST_REQUESTS: Final = 200


class WaveformRequestIn(PeriodQuery):
    """Which waveform is asked for: ten minutes at most, and past."""

    kind: str = Field(max_length=40, description="Such as ecg, ppg or acceleration.")
    from_: str = Field(alias="from", max_length=40, description="Start, included, as for waveforms.")
    to: str = Field(max_length=40, description="End, excluded.")


class WaveformRequestOut(BaseModel):
    """One device's part of a request, and what its gateway says became of it."""

    id: str
    device: str
    kind: str
    from_: str = Field(alias="from", description="Start of what is asked for, ISO 8601 UTC.")
    to: str = Field(description="Its end, excluded: the patient may have worn the device for a part only.")
    state: CommandLife
    detail: str | None = Field(description="What the gateway says of it: what it does not hold, for one.")
    asked: str
    answered: str | None


class WaveformRequestsOut(BaseModel):
    """Newest first; `omitted` is true when there are older ones beyond the limit."""

    requests: list[WaveformRequestOut]
    omitted: bool


@router.post(
    "/api/v1/patients/{patient_id}/waveform-requests", responses=problems(400, 404, 409, 413, 429, 503)
)
def ask(visit: WaveformsVisit, services: ServicesOf, body: WaveformRequestIn) -> WaveformRequestsOut:
    """Ask every gateway that heard a device the patient wore then; one request for each."""
    now_ms = services.clock.wall_ms()
    asked = _past(body, now_ms)
    kind = known_kind(body.kind).key
    issued = services.waveform_requests.ask(
        visit.patient.id, kind, asked.from_ms, asked.to_ms, visit.viewer.person
    )
    return _out((CommandState(command=one, answer=None) for one in issued), now_ms, omitted=False)


@router.get("/api/v1/patients/{patient_id}/waveform-requests", responses=problems(422, 503))
def requests(
    visit: WaveformsVisit, services: ServicesOf, limit: Annotated[int, Query(ge=1, le=MOST_REQUESTS)] = 50
) -> WaveformRequestsOut:
    """List what was asked for of a patient's waveforms, and what became of it."""
    found = services.waveform_requests.made(visit.patient.id, limit + 1)
    return _out(found[:limit], services.clock.wall_ms(), omitted=len(found) > limit)


def _past(body: WaveformRequestIn, now_ms: int) -> Period:
    asked = period(body, now_ms=now_ms, default_ms=LONGEST_MS, longest_ms=LONGEST_MS)
    if asked.to_ms > now_ms:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "'to' is still to come: ask for what is past", errors=("to",)
        )
    return asked


def _out(states: Iterable[CommandState], now_ms: int, *, omitted: bool) -> WaveformRequestsOut:
    return WaveformRequestsOut(requests=[_request_out(one, now_ms) for one in states], omitted=omitted)


def _request_out(state: CommandState, now_ms: int) -> WaveformRequestOut:
    issued, answer = state.command, state.answer
    return WaveformRequestOut.model_validate(
        {
            "id": issued.id,
            "device": issued.body["device"],
            "kind": issued.body["kind"],
            "from": iso(issued.body["from_ms"]),
            "to": iso(issued.body["to_ms"]),
            "state": life_of(state, now_ms),
            "detail": answer.detail if answer else None,
            "asked": iso(issued.issued_ms),
            "answered": iso_or_none(answer.t_ms if answer else None),
        }
    )
