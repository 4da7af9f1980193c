"""Signing in by one-time link, and out.

The link's page only shows a button: whoever previews or prefetches the link does not use it up.
"""

from typing import Annotated

from fastapi import Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cloud.access.credentials import clear_session_cookie, session_token, set_session_cookie
from cloud.access.guards import Anyone
from cloud.access.paces import Effort
from cloud.api.dependencies import ServicesOf
from cloud.api.routes import policed_router
from cloud.web.forms import Form
from cloud.web.rendering import render

router = policed_router("sign-in", documented=False, effort=Effort.LOOK)


@router.get("/sign-in")
async def sign_in_page(_: Anyone, token: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Show the button, or without a link how to get one."""
    return render("sign_in.html", viewer=None, token=token, failed=False)


@router.post("/sign-in")
async def sign_in(_: Anyone, request: Request, services: ServicesOf, form: Form) -> Response:
    """Use up the link and begin a new session; an earlier one of this browser ends."""
    session = await run_in_threadpool(services.sessions.redeem, form.get("token", ""))
    if session is None:
        return render("sign_in.html", 400, viewer=None, token="", failed=True)
    await _end_session(request, services)
    response = RedirectResponse("/", status_code=303)
    set_session_cookie(response, services.site, session)
    return response


@router.post("/sign-out")
async def sign_out(_: Anyone, request: Request, services: ServicesOf) -> Response:
    """End the session here and at once on every open page of it."""
    await _end_session(request, services)
    response = RedirectResponse("/sign-in", status_code=303)
    clear_session_cookie(response, services.site)
    return response


async def _end_session(request: Request, services: ServicesOf) -> None:
    token = session_token(request, services.site)
    if token is not None:
        await run_in_threadpool(services.sessions.end, token)
