"""What administrators do about gateways: let one in, take that back, say for whom it speaks."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, Field

from cloud.access.guards import Administrator
from cloud.api.dependencies import ServicesOf
from cloud.api.problems import ProblemError
from cloud.api.routes import policed_router, problems
from cloud.api.times import iso_or_none
from cloud.gateways.overview import GatewayIdentity, identities
from cloud.services import Services
from vitals.wire.enrolment import code_to_text
from vitals.wire.topics import GATEWAY_ID

__all__ = ["refuse_unknown_patients", "router"]

router = policed_router("gateways")

GatewayName = Annotated[str, Path(pattern=f"^{GATEWAY_ID.pattern}$", description="Such as hallway.")]
MOST_PATIENTS = 500
HOUR_MS = 3_600_000


class IdentityOut(BaseModel):
    """How a gateway stands; null means never."""

    gateway: str
    enrolled: str | None
    expires: str | None = Field(description="When its newest good certificate ends.")
    revoked: str | None
    severed: str | None = Field(description="When a revoked one was known to be cut off at the broker.")
    twins_seen: str | None = Field(description="When two computers were last seen to use its certificate.")
    speaks_for: list[str] | None = Field(description="Ids of patients; null: for anybody.")
    invited_until: str | None = Field(description="Until when a code for it waits to be used.")
    code_tried_again: str | None = Field(description="When somebody last came with a code that was used up.")


class IdentitiesOut(BaseModel):
    """Every gateway that was ever let in, invited or revoked."""

    identities: list[IdentityOut]


class InvitationIn(BaseModel):
    """How long a code lasts, and for whom the gateway will speak; null: as it is, or for anybody."""

    hours: int = Field(default=24, ge=1, le=168)
    speaks_for: list[str] | None = Field(default=None, max_length=MOST_PATIENTS)


class CodeOut(BaseModel):
    """A code, shown once: `carewire edge enrol CODE` on the gateway."""

    gateway: str
    code: str


class SpeaksForIn(BaseModel):
    """Ids of the patients a gateway may bring records of; null: of anybody."""

    patients: list[str] | None = Field(max_length=MOST_PATIENTS)


class RevokedOut(BaseModel):
    """How many certificates and tokens were good until now."""

    gateway: str
    revoked: int


@router.get("/api/v1/gateway-identities", responses=problems(503))
def gateway_identities(_: Administrator, services: ServicesOf) -> IdentitiesOut:
    """Tell how every gateway stands."""
    found = identities(services.enrolment.book, services.clock.wall_ms())
    return IdentitiesOut(identities=[_identity_out(each) for each in found])


@router.post("/api/v1/gateways/{gateway}/invitations", responses=problems(409, 503))
def invite(gateway: GatewayName, asked: InvitationIn, viewer: Administrator, services: ServicesOf) -> CodeOut:
    """Make a code that lets a gateway of this id in, once."""
    refuse_unknown_patients(services, asked.speaks_for)
    code = services.enrolment.invite(gateway, by=viewer.person.id, lasts_ms=asked.hours * HOUR_MS)
    if asked.speaks_for is not None:
        services.enrolment.speak_for(gateway, asked.speaks_for, by=viewer.person.id)
    return CodeOut(gateway=gateway, code=code_to_text(code))


@router.post("/api/v1/gateways/{gateway}/revocation", responses=problems(503))
def revoke(gateway: GatewayName, viewer: Administrator, services: ServicesOf) -> RevokedOut:
    """Let a gateway in no more, by certificate or token: what it sends is refused within seconds."""
    return RevokedOut(gateway=gateway, revoked=services.enrolment.revoke(gateway, by=viewer.person.id))


@router.put("/api/v1/gateways/{gateway}/speaks-for", responses=problems(503))
def speaks_for(
    gateway: GatewayName, asked: SpeaksForIn, viewer: Administrator, services: ServicesOf
) -> SpeaksForIn:
    """Say of whom a gateway may bring records; those of others are set aside, and can be replayed."""
    refuse_unknown_patients(services, asked.patients)
    services.enrolment.speak_for(gateway, asked.patients, by=viewer.person.id)
    return asked


def refuse_unknown_patients(services: Services, patients: list[str] | None) -> None:
    """Raise unless all of these are patients' ids.

    Raises
    ------
    ProblemError
        Naming how many are none.
    """
    unknown = [each for each in patients or () if services.directory.patient(each) is None]
    if unknown:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            f"{len(unknown)} of these are no patients' ids: `carewire cloud patient add` prints them",
        )


def _identity_out(each: GatewayIdentity) -> IdentityOut:
    return IdentityOut(
        gateway=each.gateway,
        enrolled=iso_or_none(each.enrolled_ms),
        expires=iso_or_none(each.expires_ms),
        revoked=iso_or_none(each.revoked_ms),
        severed=iso_or_none(each.severed_ms),
        twins_seen=iso_or_none(each.twinned_ms),
        speaks_for=None if each.patients is None else sorted(each.patients),
        invited_until=iso_or_none(each.invited_until_ms),
        code_tried_again=iso_or_none(each.replayed_ms),
    )
