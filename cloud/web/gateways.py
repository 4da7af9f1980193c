"""The administrator's page of gateways: how each stands, letting one in by a code, taking that back."""

import io
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated, Final

import segno
from fastapi import Path
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from cloud.access.guards import Administrator
from cloud.api.dependencies import ServicesOf
from cloud.api.problems import ProblemError
from cloud.api.routes import policed_router
from cloud.gateways.authority import checked_gateway
from cloud.gateways.overview import GatewayIdentity, GatewayState, identities
from cloud.services import Services
from cloud.web.forms import Form
from cloud.web.rendering import render
from cloud.web.words import N_, Sentence
from vitals.errors import EnvelopeError
from vitals.wire.enrolment import code_to_text
from vitals.wire.topics import GATEWAY_ID

router = policed_router("gateway-pages", documented=False)

GatewayName = Annotated[str, Path(pattern=f"^{GATEWAY_ID.pattern}$")]
_HOUR_MS: Final = 3_600_000
_HOURS: Final = 24

STATES: Final = MappingProxyType(
    {
        GatewayState.ENROLLED: Sentence(message=N_("Let in")),
        GatewayState.EXPIRED: Sentence(message=N_("Access has ended")),
        GatewayState.REVOKED: Sentence(message=N_("Revoked")),
        GatewayState.INVITED: Sentence(message=N_("Invited, not there yet")),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayRow:
    """One gateway: how it stands, when it was heard, for whom it speaks."""

    identity: GatewayIdentity
    state: Sentence
    heard_ms: int | None
    speaks_for: tuple[str, ...] | None
    is_good: bool


@router.get("/admin/gateways")
def gateways_page(viewer: Administrator, services: ServicesOf) -> Response:
    """Show every gateway that was let in, invited or revoked, and how to let in another."""
    return _page(services, viewer)


@router.post("/admin/gateways/invitations")
def invite(viewer: Administrator, services: ServicesOf, form: Form) -> Response:
    """Make a code and show it, once: as a picture and as text."""
    name, chosen = form.get("gateway", "").strip(), form.get("patient", "").strip()
    try:
        checked_gateway(name)
    except EnvelopeError as error:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "a gateway's name is 3 to 40 small letters, digits or '-': choose such a one",
        ) from error
    if chosen and services.directory.patient(chosen) is None:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "there is no such patient: check the id, or leave it empty"
        )
    code = code_to_text(services.enrolment.invite(name, by=viewer.person.id, lasts_ms=_HOURS * _HOUR_MS))
    if chosen:
        services.enrolment.speak_for(name, [chosen], by=viewer.person.id)
    return render("gateway_code.html", viewer=viewer, gateway=name, code=code, qr=qr_of(code), hours=_HOURS)


@router.get("/admin/gateways/{gateway}/revocation")
def revocation_page(gateway: GatewayName, viewer: Administrator, services: ServicesOf) -> Response:
    """Ask once more, and say what revoking does."""
    del services
    return render("gateway_revocation.html", viewer=viewer, gateway=gateway)


@router.post("/admin/gateways/{gateway}/revocation")
def revoke(gateway: GatewayName, viewer: Administrator, services: ServicesOf) -> Response:
    """Revoke a gateway and go back to the list."""
    services.enrolment.revoke(gateway, by=viewer.person.id)
    return RedirectResponse("/admin/gateways", status_code=303)


def qr_of(text: str) -> Markup:
    """Return a QR code as a picture in a page: dark on white in any scheme, with the room it needs around."""
    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        drawn, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=4, dark="#000", light="#fff"
    )
    return Markup(drawn.getvalue().decode())  # noqa: S704 - made here of modules; the text is not in it


def _page(services: Services, viewer: Administrator) -> Response:
    now_ms = services.clock.wall_ms()
    heard = services.gateways.heard_gateways()
    rows = [_row(each, heard.get(each.gateway)) for each in identities(services.enrolment.book, now_ms)]
    return render(
        "gateways.html",
        viewer=viewer,
        rows=rows,
        needing=sum(1 for row in rows if not row.is_good),
        has_authority=services.enrolment.authority is not None,
        now_ms=now_ms,
        hours=_HOURS,
    )


def _row(identity: GatewayIdentity, heard_ms: int | None) -> GatewayRow:
    is_troubled = identity.is_ending or (identity.has_twin and identity.state is not GatewayState.REVOKED)
    return GatewayRow(
        identity=identity,
        state=STATES[identity.state],
        heard_ms=heard_ms,
        speaks_for=None if identity.patients is None else tuple(sorted(identity.patients)),
        is_good=not is_troubled,
    )
