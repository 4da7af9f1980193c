"""Who may see what of a patient, as the patient or who acts for them says it: listed, given, taken back."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Path
from pydantic import BaseModel, Field

from cloud.access.guards import Oneself, OwnVisit, VisitedPatient
from cloud.access.proof import RecentlyProved
from cloud.api.dependencies import ServicesOf
from cloud.api.problems import ProblemError
from cloud.api.routes import policed_router, problems
from cloud.api.times import iso, iso_or_none
from cloud.ports import GlassBreak, Grant, GrantOffer, Guardianship, Scope
from cloud.services import Services
from vitals.errors import ValidationError

router = policed_router("sharing")

_ID: Final = Path(max_length=64)


class GrantOut(BaseModel):
    """What is open to whom. One that was taken back or is over stays listed, and opens nothing."""

    id: str
    person: str | None = Field(description="Somebody's name.")
    team: str | None = Field(description="A care team's name.")
    scopes: list[Scope]
    from_: str = Field(alias="from")
    until: str | None
    given_by: str
    revoked: str | None
    is_in_force: bool


class OfferOut(BaseModel):
    """A link that was handed to somebody and not taken up yet."""

    id: str
    scopes: list[Scope]
    until: str | None
    expires: str


class ProxyOut(BaseModel):
    """Who acts in the patient's place."""

    person: str
    kind: Guardianship
    until: str | None
    revoked: str | None


class BreakOut(BaseModel):
    """Who looked without a grant, why, and who has reviewed it: for the house, and for the patient."""

    id: str
    person: str
    reason: str
    from_: str = Field(alias="from")
    until: str
    reviewed: str | None
    reviewed_by: str | None
    owner_reviewed: str | None
    owner_reviewed_by: str | None


class SharingOut(BaseModel):
    """Everything that opens or opened something of a patient to others, the newest first."""

    grants: list[GrantOut]
    offers: list[OfferOut]
    proxies: list[ProxyOut]
    breaks: list[BreakOut]


class OpeningIn(BaseModel):
    """What is opened, and until when: milliseconds since 1970, or nothing for until taken back."""

    scopes: set[Scope] = Field(min_length=1)
    until_ms: int | None = Field(default=None, ge=0, lt=10**14)


class TeamGrantIn(OpeningIn):
    """What is opened to a care team."""

    team_id: str = Field(max_length=64)


class OfferMadeOut(BaseModel):
    """The link, told once: hand it to whoever shall see it."""

    url: str
    expires: str


class TakenUpOut(BaseModel):
    """Whose record is open now."""

    patient_id: str
    scopes: list[Scope]


class TakeUpIn(BaseModel):
    """What the link's end holds."""

    token: str = Field(max_length=200)


@router.get("/api/v1/patients/{patient_id}/sharing", responses=problems(503))
def sharing(visit: OwnVisit, services: ServicesOf) -> SharingOut:
    """List what is open to whom, and was."""
    return sharing_out(visit, services)


@router.post("/api/v1/patients/{patient_id}/grants", responses=problems(400, 413, 422, 503))
def give(visit: OwnVisit, _: RecentlyProved, services: ServicesOf, body: TeamGrantIn) -> SharingOut:
    """Open parts of the record to a care team, at once."""
    team = services.teams.team(body.team_id)
    if team is None or team.ended_ms is not None:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "there is no such team: see the list of teams")
    try:
        services.sharing.give(
            visit.patient.id,
            team_id=body.team_id,
            scopes=frozenset(body.scopes),
            until_ms=body.until_ms,
            by=visit.viewer.person.id,
        )
    except ValidationError as error:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error
    return sharing_out(visit, services)


@router.delete("/api/v1/patients/{patient_id}/grants/{grant_id}", responses=problems(503))
def take_back(visit: OwnVisit, services: ServicesOf, grant_id: Annotated[str, _ID]) -> SharingOut:
    """Close at once what a grant opened; the streams it let open end."""
    grant = _grant_of(services, visit, grant_id)
    services.sharing.take_back(grant, visit.viewer.person.id)
    return sharing_out(visit, services)


@router.post("/api/v1/patients/{patient_id}/grant-offers", responses=problems(400, 413, 422, 503))
def offer(visit: OwnVisit, _: RecentlyProved, services: ServicesOf, body: OpeningIn) -> OfferMadeOut:
    """Make a link that opens parts of the record to whoever takes it up first. Nobody is looked up for it."""
    try:
        token = services.offers.make(
            visit.patient.id, frozenset(body.scopes), body.until_ms, visit.viewer.person.id
        )
    except ValidationError as error:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error
    made = services.offers.waiting(visit.patient.id)[0]
    return OfferMadeOut(url=f"{services.site.url}/shared?token={token}", expires=iso(made.expires_ms))


@router.delete("/api/v1/patients/{patient_id}/grant-offers/{offer_id}", responses=problems(503))
def take_offer_back(visit: OwnVisit, services: ServicesOf, offer_id: Annotated[str, _ID]) -> SharingOut:
    """Make a link that waits worthless."""
    if not services.offers.take_back(visit.patient.id, offer_id):
        raise ProblemError(HTTPStatus.NOT_FOUND, "no such link waits: list those there are")
    return sharing_out(visit, services)


@router.post(
    "/api/v1/patients/{patient_id}/glass-breaks/{break_id}/review", responses=problems(404, 422, 503)
)
def review(visit: OwnVisit, services: ServicesOf, break_id: Annotated[str, _ID]) -> SharingOut:
    """Note that the patient, or who acts for them, looked into an opening that was not their own."""
    for one in services.glass.of(visit.patient.id):
        if one.id == break_id:
            _review(services, visit, one)
            return sharing_out(visit, services)
    raise ProblemError(HTTPStatus.NOT_FOUND, "nothing of this id was opened: list what was")


@router.post("/api/v1/grant-offers/take-up", responses=problems(400, 404, 413, 422, 503))
def take_up(viewer: Oneself, services: ServicesOf, body: TakeUpIn) -> TakenUpOut:
    """Take up a link: what it offers is open to the caller from now on."""
    grant = services.offers.take_up(body.token, viewer.person.id)
    if grant is None:
        raise ProblemError(
            HTTPStatus.NOT_FOUND, "this link is no good, or no longer: ask whoever gave it for a new one"
        )
    return TakenUpOut(patient_id=grant.patient_id, scopes=sorted(grant.scopes))


def _review(services: Services, visit: VisitedPatient, broken: GlassBreak) -> None:
    try:
        services.glass.review(broken, visit.viewer.person.id, for_owner=True)
    except ValidationError as error:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error


def sharing_out(visit: VisitedPatient, services: Services) -> SharingOut:
    """Return what is open of a patient to whom, with names."""
    patient_id = visit.patient.id
    return SharingOut(
        grants=[grant_out(services, one) for one in services.sharing.given(patient_id)],
        offers=[_offer_out(one) for one in services.offers.waiting(patient_id)],
        proxies=[
            ProxyOut(
                person=name_of(services, one.person_id),
                kind=one.kind,
                until=iso_or_none(one.until_ms),
                revoked=iso_or_none(one.revoked_ms),
            )
            for one in services.proxies.of(patient_id)
        ],
        breaks=[_break_out(services, one) for one in services.glass.of(patient_id)],
    )


def grant_out(services: Services, grant: Grant) -> GrantOut:
    """Return a grant as the API shows it."""
    team = services.teams.team(grant.team_id) if grant.team_id else None
    now_ms = services.clock.wall_ms()
    return GrantOut.model_validate(
        {
            "id": grant.id,
            "person": name_of(services, grant.person_id) if grant.person_id else None,
            "team": team.name if team else None,
            "scopes": sorted(grant.scopes),
            "from": iso(grant.from_ms),
            "until": iso_or_none(grant.until_ms),
            "given_by": name_of(services, grant.given_by),
            "revoked": iso_or_none(grant.revoked_ms),
            "is_in_force": grant.is_in_force(now_ms),
        }
    )


def _break_out(services: Services, one: GlassBreak) -> BreakOut:
    return BreakOut.model_validate(
        {
            "id": one.id,
            "person": name_of(services, one.person_id),
            "reason": one.reason,
            "from": iso(one.from_ms),
            "until": iso(one.until_ms),
            "reviewed": iso_or_none(one.reviewed_ms),
            "reviewed_by": one.reviewed_by and name_of(services, one.reviewed_by),
            "owner_reviewed": iso_or_none(one.owner_reviewed_ms),
            "owner_reviewed_by": one.owner_reviewed_by and name_of(services, one.owner_reviewed_by),
        }
    )


def _offer_out(offer: GrantOffer) -> OfferOut:
    return OfferOut(
        id=offer.id,
        scopes=sorted(offer.scopes),
        until=iso_or_none(offer.until_ms),
        expires=iso(offer.expires_ms),
    )


def _grant_of(services: Services, visit: VisitedPatient, grant_id: str) -> Grant:
    for one in services.sharing.given(visit.patient.id):
        if one.id == grant_id:
            return one
    raise ProblemError(HTTPStatus.NOT_FOUND, "there is no such grant: list those there are")


def name_of(services: Services, person_id: str) -> str:
    """Return what somebody is called; their id, if they are not known here any more."""
    person = services.directory.person(person_id)
    return person.display_name if person else person_id
