"""The way to a hospital's own log-in and back. Where somebody goes after is always the start page."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated, Final

from fastapi import Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cloud.access.attempts import attempt_key, forget_attempt, remember_attempt
from cloud.access.credentials import session_token, set_device_cookie, set_session_cookie
from cloud.access.errors import NotVisibleError
from cloud.access.guards import Anyone, Oneself
from cloud.access.openid.log_in import RETURN_PATH, OpenIdLogIn, Returned
from cloud.access.openid.refusals import OpenIdRefusal, OpenIdRefusedError
from cloud.access.proof import RecentlyProved
from cloud.api.dependencies import ServicesOf
from cloud.api.routes import policed_router
from cloud.ports import SignInWay
from cloud.services import Services
from cloud.web.rendering import render
from cloud.web.words import N_, Sentence

__all__ = ["router"]

router = policed_router("openid", documented=False)

_SORT: Final = "openid"
_SAID: Final[Mapping[OpenIdRefusal, tuple[HTTPStatus, str, str]]] = MappingProxyType(
    {
        OpenIdRefusal.OVER: (
            HTTPStatus.BAD_REQUEST,
            N_("That took too long, or was begun in another browser."),
            N_("Nothing happened. Begin again here, and stay in this browser."),
        ),
        OpenIdRefusal.CANCELLED: (
            HTTPStatus.FORBIDDEN,
            N_("You were not signed in there."),
            N_("Begin again, or sign in another way."),
        ),
        OpenIdRefusal.AWAY: (
            HTTPStatus.SERVICE_UNAVAILABLE,
            N_("That log-in does not answer right now."),
            N_("It is not your doing. Try again in a while; the other ways to sign in still work."),
        ),
        OpenIdRefusal.BUSY: (
            HTTPStatus.SERVICE_UNAVAILABLE,
            N_("Many people are waiting for that log-in right now."),
            N_("Try again in a minute; the other ways to sign in still work."),
        ),
        OpenIdRefusal.NOT_TRUSTED: (
            HTTPStatus.BAD_GATEWAY,
            N_("What that log-in said cannot be trusted."),
            N_("Nobody was signed in. Tell whoever runs Carewire for you; the other ways still work."),
        ),
        OpenIdRefusal.NOT_LINKED: (
            HTTPStatus.FORBIDDEN,
            N_("Nobody here is linked to that log-in yet."),
            N_(
                "Open the invitation you were sent, then link it under your ways in. "
                "If you have none, ask whoever runs Carewire for you."
            ),
        ),
        OpenIdRefusal.LINKED_ALREADY: (
            HTTPStatus.CONFLICT,
            N_("That log-in is linked already."),
            N_("It belongs to another account here, or you have linked another one: remove that first."),
        ),
        OpenIdRefusal.LAST_WAY_IN: (
            HTTPStatus.CONFLICT,
            N_("This is your last way in."),
            N_("Add a passkey or a password before you remove it."),
        ),
    }
)
_Text = Annotated[str, Query(max_length=4_096)]


@router.get("/sign-in/openid")
def go(_: Anyone, services: ServicesOf) -> Response:
    """Send a browser to the hospital's log-in."""
    log_in = _log_in(services)
    try:
        key, address = log_in.begin()
    except OpenIdRefusedError as error:
        return _refused(error)
    response = RedirectResponse(address, status_code=303)
    remember_attempt(response, services.site, _SORT, key)
    return response


@router.get(RETURN_PATH)
def come_back(  # noqa: PLR0913, PLR0917 - each stands in the address by its name
    _: Anyone,
    request: Request,
    services: ServicesOf,
    state: _Text = "",
    code: _Text = "",
    iss: _Text | None = None,
    error: _Text | None = None,
) -> Response:
    """Take somebody back: sign them in, or link what they went for."""
    log_in, earlier = _log_in(services), session_token(request, services.site)
    viewer = None if earlier is None else services.sessions.viewer(earlier)
    returned = Returned(state=state, code=code, issuer=iss, error=error)
    key = attempt_key(request, services.site, _SORT)
    try:
        person = log_in.come_back(key, returned, None if viewer is None else viewer.person)
    except OpenIdRefusedError as refusal:
        return _forgotten(_refused(refusal), services)
    if person is None:
        return _forgotten(RedirectResponse("/me/ways-in", status_code=303), services)
    visitor = services.entrance.visitor(request, services.site)
    entered = services.entrance.arrivals.let_in(person.id, visitor, SignInWay.OPENID)
    if earlier is not None:
        services.sessions.end(earlier)
    response = RedirectResponse("/", status_code=303)
    set_session_cookie(response, services.site, entered.token)
    set_device_cookie(response, services.site, entered.devices)
    return _forgotten(response, services)


@router.post("/me/ways-in/openid")
def link(viewer: Oneself, _: RecentlyProved, services: ServicesOf) -> Response:
    """Show the way to the hospital's log-in, so that it becomes a way in.

    A link and no redirect: browsers follow none from a form to another site.
    """
    log_in = _log_in(services)
    try:
        key, address = log_in.begin(viewer.person)
    except OpenIdRefusedError as error:
        return _refused(error)
    response = render("openid_link.html", viewer=viewer, name=log_in.name, address=address)
    remember_attempt(response, services.site, _SORT, key)
    return response


@router.post("/me/ways-in/openid/remove")
def unlink(viewer: Oneself, _: RecentlyProved, services: ServicesOf) -> Response:
    """Have the hospital's log-in be no way in any more."""
    try:
        _log_in(services).unlink(viewer.person)
    except OpenIdRefusedError as error:
        return _refused(error)
    return RedirectResponse("/me/ways-in", status_code=303)


def _log_in(services: Services) -> OpenIdLogIn:
    if services.openid is None:
        raise NotVisibleError("no hospital's log-in is set up here: sign in another way")
    return services.openid


def _forgotten(response: Response, services: Services) -> Response:
    forget_attempt(response, services.site, _SORT)
    return response


def _refused(error: OpenIdRefusedError) -> Response:
    status, title, advice = _SAID[error.refusal]
    return render(
        "message.html", status, title=Sentence(message=title), advice=Sentence(message=advice), viewer=None
    )
