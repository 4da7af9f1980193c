"""The administrator's page of gateways: how each stands, letting one in by a code, taking that back."""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated, Final

import segno
from fastapi import Path, Query
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from cloud.access.guards import Administrator
from cloud.api.dependencies import ServicesOf
from cloud.api.problems import ProblemError
from cloud.api.routes import policed_router
from cloud.gateways.authority import checked_gateway
from cloud.gateways.overview import GatewayIdentity, GatewayState, identities
from cloud.services import Services
from cloud.web.administration.listing import Find, PageNumber, listing
from cloud.web.forms import Form
from cloud.web.headline import QUIET_AFTER_MS
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
BY_TOPIC: Final = Sentence(message=N_("known by its topics alone"))
Show = Annotated[str, Query(pattern="^(|needing|silent|invited|revoked)$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayRow:
    """One gateway: how it stands, when it was heard, for whom it speaks."""

    identity: GatewayIdentity
    state: Sentence
    heard_ms: int | None
    speaks_for: tuple[str, ...] | None
    is_good: bool
    is_silent: bool

    @property
    def words(self) -> tuple[str | None, ...]:
        """By what it is searched for."""
        return (self.identity.gateway, *(self.speaks_for or ()))


_SHOWS: Final[Mapping[str, Callable[[GatewayRow], bool]]] = MappingProxyType(
    {
        "": lambda _: True,
        "needing": lambda row: not row.is_good,
        "silent": lambda row: row.is_silent,
        "invited": lambda row: row.identity.invited_until_ms is not None,
        "revoked": lambda row: row.identity.revoked_ms is not None,
    }
)


@router.get("/admin/gateways")
def gateways_page(
    viewer: Administrator, services: ServicesOf, find: Find = "", show: Show = "", page: PageNumber = 1
) -> Response:
    """Show every gateway that was heard, let in, invited or revoked, and how to let in another."""
    now_ms = services.clock.wall_ms()
    rows = _rows(services, now_ms)
    return render(
        "gateways.html",
        viewer=viewer,
        list=listing(
            rows,
            lambda row: row.words,
            find=find,
            number=page,
            path="/admin/gateways",
            asked={"show": show},
            is_wanted=_SHOWS[show],
        ),
        show=show,
        needing=sum(1 for row in rows if not row.is_good),
        has_authority=services.enrolment.authority is not None,
        now_ms=now_ms,
        hours=_HOURS,
    )


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


def _rows(services: Services, now_ms: int) -> Sequence[GatewayRow]:
    heard = services.gateways.heard_gateways()
    found = {each.gateway: each for each in identities(services.enrolment.book, now_ms)}
    known = [_row(each, STATES[each.state], heard.get(each.gateway)) for each in found.values()]
    by_topic = [_row(_unnamed(name, now_ms), BY_TOPIC, heard[name]) for name in heard.keys() - found.keys()]
    return sorted([*known, *by_topic], key=lambda row: row.identity.gateway)


def _row(identity: GatewayIdentity, state: Sentence, heard_ms: int | None) -> GatewayRow:
    is_out = identity.revoked_ms is not None
    is_silent = heard_ms is not None and not is_out and identity.now_ms - heard_ms > QUIET_AFTER_MS
    is_troubled = is_silent or identity.is_ending or (identity.has_twin and not is_out)
    return GatewayRow(
        identity=identity,
        state=state,
        heard_ms=heard_ms,
        speaks_for=None if identity.patients is None else tuple(sorted(identity.patients)),
        is_good=not is_troubled,
        is_silent=is_silent,
    )


def _unnamed(gateway: str, now_ms: int) -> GatewayIdentity:
    """Return how a gateway stands of which nothing was ever said: it was heard."""
    return GatewayIdentity(
        gateway=gateway,
        enrolled_ms=None,
        expires_ms=None,
        revoked_ms=None,
        severed_ms=None,
        twinned_ms=None,
        patients=None,
        invited_until_ms=None,
        replayed_ms=None,
        now_ms=now_ms,
    )
