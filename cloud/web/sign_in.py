"""Signing in by name and password, a code beside it, or a one-time link; proving it again; signing out.

A link's page only shows a button: whoever previews or prefetches the link does not use it up.
"""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cloud.access.arrivals import Entered
from cloud.access.credentials import (
    clear_session_cookie,
    session_token,
    set_device_cookie,
    set_session_cookie,
)
from cloud.access.errors import CrowdedError, TooManyTriesError, UnfitError, WrongSignInError
from cloud.access.guards import Anyone, Oneself
from cloud.access.paces import Effort
from cloud.access.sessions import Viewer
from cloud.access.sign_in import CodeWanted
from cloud.api.dependencies import ServicesOf
from cloud.api.problems import problem_of
from cloud.api.routes import policed_router
from cloud.services import Services
from cloud.web.forms import Form
from cloud.web.refusals import refusal
from cloud.web.rendering import render
from cloud.web.way_back import known_way_back, own_path
from vitals.errors import CarewireError

router = policed_router("sign-in", documented=False, effort=Effort.LOOK)
__all__ = ["REFUSALS", "enter", "form_status", "router"]


REFUSALS: Final = (CrowdedError, TooManyTriesError, UnfitError, WrongSignInError)
"""What a form answers by being shown again, with what is wrong."""


@router.get("/sign-in")
async def sign_in_page(
    _: Anyone, request: Request, services: ServicesOf, token: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """Show the form and the other ways in, or the button of a link; say if one goes on where one was."""
    return render(
        "sign_in.html",
        viewer=None,
        token=token,
        failed=False,
        error=None,
        goes_on=known_way_back(request, services.site) is not None,
        **_other_ways(services),
    )


@router.post("/sign-in")
def sign_in(_: Anyone, request: Request, services: ServicesOf, form: Form) -> Response:
    """Begin a session by link or password, or ask for a code; an earlier session of this browser ends."""
    visitor = services.entrance.visitor(request, services.site)
    if "token" in form:
        session = services.sessions.redeem(form["token"], device=visitor.words)
        if session is None:
            return render("sign_in.html", 400, viewer=None, token="", failed=True, error=None)
        return _signed_in(request, services, session, stays=True)
    try:
        outcome = services.entrance.sign_in.with_password(
            form.get("name", ""), form.get("password", ""), visitor, stays="stays" in form
        )
    except REFUSALS as error:
        return _again("sign_in.html", error, token="", failed=False, **_other_ways(services))
    if isinstance(outcome, CodeWanted):
        return render("sign_in_code.html", viewer=None, half_way=outcome.half_way, error=None)
    return enter(request, services, outcome)


@router.post("/sign-in/code")
def sign_in_code(_: Anyone, request: Request, services: ServicesOf, form: Form) -> Response:
    """Begin the session of somebody whose password was right, by their code."""
    half_way = form.get("half_way", "")
    try:
        entered = services.entrance.sign_in.with_code(
            half_way, form.get("code", ""), services.entrance.visitor(request, services.site)
        )
    except REFUSALS as error:
        return _again("sign_in_code.html", error, half_way=half_way)
    return enter(request, services, entered)


@router.get("/sign-in/again")
def prove_page(
    viewer: Oneself, services: ServicesOf, to: Annotated[str, Query(max_length=500)] = "/"
) -> Response:
    """Ask for the password once more, before what cannot be taken back."""
    return _proving(viewer, services, own_path(to))


@router.post("/sign-in/again")
def prove(viewer: Oneself, request: Request, services: ServicesOf, form: Form) -> Response:
    """Take the proof; the session goes on under a new secret."""
    to, token = own_path(form.get("to", "/")), session_token(request, services.site) or ""
    try:
        renewed = services.entrance.sign_in.prove_again(
            viewer,
            token,
            form.get("password", ""),
            form.get("code", ""),
            services.entrance.visitor(request, services.site),
        )
    except REFUSALS as error:
        return _proving(viewer, services, to, error)
    response = RedirectResponse(to, status_code=303)
    set_session_cookie(response, services.site, renewed, stays=_stays(services, renewed))
    return response


@router.post("/sign-out")
async def sign_out(_: Anyone, request: Request, services: ServicesOf) -> Response:
    """End the session here and at once on every open page of it."""
    await run_in_threadpool(_end_session, request, services)
    response = RedirectResponse("/sign-in", status_code=303)
    clear_session_cookie(response, services.site)
    return response


def enter(request: Request, services: Services, entered: Entered) -> Response:
    """Let a browser in, and have it known again."""
    response = _signed_in(request, services, entered.token, stays=entered.stays)
    set_device_cookie(response, services.site, entered.devices)
    return response


def form_status(status: int) -> int:
    """Return with which status a form is shown again: whoever fills it in wrong is not refused the page."""
    return 400 if status == HTTPStatus.UNAUTHORIZED else status


def _signed_in(request: Request, services: Services, token: str, *, stays: bool) -> Response:
    _end_session(request, services)
    response = RedirectResponse("/", status_code=303)
    set_session_cookie(response, services.site, token, stays=stays)
    return response


def _end_session(request: Request, services: Services) -> None:
    token = session_token(request, services.site)
    if token is not None:
        services.sessions.end(token)


def _other_ways(services: Services) -> dict[str, object]:
    """Return what `_other_ways.html` shows."""
    log_in = services.openid
    return {"passkeys": services.passkeys.is_possible, "hospital": None if log_in is None else log_in.name}


def _again(template: str, error: CarewireError, **context: object) -> Response:
    problem = problem_of(error)
    return render(template, form_status(problem.status), viewer=None, error=refusal(error), **context)


def _proving(viewer: Viewer, services: Services, to: str, error: CarewireError | None = None) -> Response:
    account = services.entrance.own_account.of(viewer)
    problem = None if error is None else problem_of(error)
    return render(
        "prove.html",
        200 if problem is None else form_status(problem.status),
        viewer=viewer,
        to=to,
        error=None if error is None else refusal(error),
        has_password=account.password is not None,
        has_passkey=bool(services.passkeys.of(viewer.person)),
        has_totp=account.has_totp,
    )


def _stays(services: Services, token: str) -> bool:
    kept = services.sessions.kept(token)
    return kept is not None and services.sessions.stays(kept)
