"""Who looks after a patient, and when: taken over with one call, planned by the week, holes said."""

from http import HTTPStatus
from typing import Final

from pydantic import BaseModel, Field

from cloud.access.guards import AlertsSettingVisit, AlertsVisit, VisitedPatient
from cloud.alerts.telling.duty import Stretch
from cloud.alerts.telling.duty_desk import MOST_SLOTS
from cloud.api.dependencies import ServicesOf
from cloud.api.local_clock import CLOCK_PATTERN, clock_of, minute_of
from cloud.api.problems import ProblemError
from cloud.api.routes import policed_router, problems
from cloud.api.times import iso, iso_or_none, moment
from cloud.ports import Person, RotaSlot
from cloud.services import Services
from vitals.errors import ValidationError

router = policed_router("duty")

_ID: Final = 64


class OnDutyOut(BaseModel):
    """Somebody who has the duty."""

    person_id: str
    display_name: str | None = Field(description="Null: may not see the patient any more.")


class StretchOut(BaseModel):
    """Who has the duty for a time; an empty list: nobody, so everyone is told."""

    from_: str = Field(alias="from", description="ISO 8601 UTC.")
    until: str
    people: list[OnDutyOut]


class SlotIn(BaseModel):
    """One duty a week, by the local clock; what ends before it begins ends on the next day."""

    person_id: str = Field(max_length=_ID)
    weekday: int = Field(ge=1, le=7, description="1 is Monday.")
    from_: str = Field(alias="from", pattern=CLOCK_PATTERN, description="Such as 22:00.")
    until: str = Field(pattern=CLOCK_PATTERN, description="Such as 07:00; 24:00 is the end of the day.")


class SlotOut(SlotIn):
    """One duty a week."""


class RotaOut(BaseModel):
    """The rota in force, and who set it when."""

    slots: list[SlotOut]
    author_id: str
    made: str


class DutyOut(BaseModel):
    """The coming week: who has the duty when, and what is not well with it, in sentences."""

    now: list[OnDutyOut]
    until: str | None = Field(description="When that changes, if it does within the week.")
    week: list[StretchOut]
    rota: RotaOut | None
    findings: list[str]


class TakeIn(BaseModel):
    """I am on duty: until a time, or until somebody takes over."""

    until: str | None = Field(
        default=None, max_length=40, description="ISO 8601 with a zone; at most 14 days."
    )
    person_id: str | None = Field(
        default=None, max_length=_ID, description="Who has the duty, if not the caller."
    )


class RotaIn(BaseModel):
    """The duties of every week; an empty list: there is no rota any more."""

    slots: list[SlotIn] = Field(max_length=MOST_SLOTS)


@router.get("/api/v1/patients/{patient_id}/duty", responses=problems(503))
def duty(visit: AlertsVisit, services: ServicesOf) -> DutyOut:
    """Tell who has the duty now and in the coming week, and where nobody has."""
    return _duty_out(visit, services)


@router.post("/api/v1/patients/{patient_id}/duty", responses=problems(400, 413, 503))
def take(visit: AlertsSettingVisit, services: ServicesOf, body: TakeIn) -> DutyOut:
    """Take the duty over, now: it ends another's open shift."""
    person = visit.viewer.person if body.person_id is None else _person(services, body.person_id)
    until_ms = None if body.until is None else moment(body.until, "until")
    try:
        services.duties.take(visit.patient.id, person, until_ms, visit.viewer.person)
    except ValidationError as error:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error
    return _duty_out(visit, services)


@router.post("/api/v1/patients/{patient_id}/duty/end", responses=problems(503))
def give_back(visit: AlertsSettingVisit, services: ServicesOf) -> DutyOut:
    """End the caller's own shift: the rota holds again, or else everyone is told."""
    services.duties.give_back(visit.patient.id, visit.viewer.person)
    return _duty_out(visit, services)


@router.post("/api/v1/patients/{patient_id}/rota", responses=problems(400, 413, 503))
def set_rota(visit: AlertsSettingVisit, services: ServicesOf, body: RotaIn) -> DutyOut:
    """Set the weekly rota in place of the one before."""
    slots = [
        RotaSlot(
            person_id=one.person_id,
            weekday=one.weekday,
            from_minute=minute_of(one.from_),
            until_minute=minute_of(one.until),
        )
        for one in body.slots
    ]
    try:
        services.duties.set_rota(visit.patient.id, slots, visit.viewer.person)
    except ValidationError as error:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), errors=("slots",)) from error
    return _duty_out(visit, services)


def _person(services: Services, person_id: str) -> Person:
    person = services.directory.person(person_id)
    if person is None:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "this person may not see the patient: grant access first"
        )
    return person


def _duty_out(visit: VisitedPatient, services: Services) -> DutyOut:
    outlook = services.duties.outlook(visit.patient.id)
    names = {one.id: one.display_name for one in services.duties.people(visit.patient.id)}
    first, *later = outlook.stretches
    return DutyOut(
        now=_people_out(first, names),
        until=iso_or_none(first.until_ms if later else None),
        week=[
            StretchOut.model_validate(
                {"from": iso(one.from_ms), "until": iso(one.until_ms), "people": _people_out(one, names)}
            )
            for one in outlook.stretches
        ],
        rota=None
        if outlook.rota is None
        else RotaOut(
            slots=[_slot_out(one) for one in outlook.rota.slots],
            author_id=outlook.rota.author_id,
            made=iso(outlook.rota.made_ms),
        ),
        findings=[services.duties.told(each) for each in outlook.findings],
    )


def _people_out(one: Stretch, names: dict[str, str]) -> list[OnDutyOut]:
    return [OnDutyOut(person_id=each, display_name=names.get(each)) for each in one.person_ids]


def _slot_out(one: RotaSlot) -> SlotOut:
    return SlotOut.model_validate(
        {
            "person_id": one.person_id,
            "weekday": one.weekday,
            "from": clock_of(one.from_minute),
            "until": clock_of(one.until_minute),
        }
    )
