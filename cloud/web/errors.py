"""Errors as pages: what happened and what to do next, in the same look as everything else."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cloud.access.errors import NotProvedError, TooManyRequestsError, UnknownFormError
from cloud.api.problems import Problem, ProblemError
from cloud.api.reader import written_for
from cloud.services import services_of
from cloud.web.refusals import Refusal, refusal
from cloud.web.rendering import render
from cloud.web.way_back import remember_way_back
from cloud.web.words import N_, Sentence

_UNREADABLE: Final = (
    N_("This could not be read."),
    N_("Nothing was changed. Go back and send it once more."),
)
_PAGES: Final = MappingProxyType(
    {
        404: (N_("There is nothing here for you."), N_("Check the address, or ask for access.")),
        403: (
            N_("This is not yours to do."),
            N_("Go back and try from the page itself, or ask an administrator."),
        ),
        422: (N_("Something is missing in the form."), N_("Go back and fill it in once more.")),
        503: (
            N_("The readings cannot be reached right now."),
            N_("Nothing was changed. Try again in a moment."),
        ),
        400: _UNREADABLE,
        405: (N_("That is not possible here."), N_("Check the address, or go to the start page.")),
        408: (N_("It arrived too slowly."), N_("Nothing was changed. Send it again on a better line.")),
        409: (N_("It is no longer as this page had it."), N_("Nothing was changed. Open the page again.")),
        410: (N_("It is no longer here."), N_("Open the page again.")),
        413: (N_("That was too much to take in."), N_("Nothing was changed. Send less.")),
        415: _UNREADABLE,
        421: (N_("This service has another name."), N_("Open the address you were given.")),
        500: (
            N_("Something failed here."),
            N_("It was noted. Try again; tell the administrator if it lasts."),
        ),
    }
)


_PAGES_OF: Final[Mapping[type[Exception], tuple[str, str]]] = MappingProxyType(
    {
        UnknownFormError: (
            N_("This page was open for too long."),
            N_("Nothing was changed. Open it again, then send it once more."),
        ),
        TooManyRequestsError: (
            N_("That was too much at once."),
            N_("Wait a moment, then try again."),
        ),
    }
)
"""For errors that share their status with others."""


def error_page(request: Request, problem: Problem, error: Exception, back: str | None = None) -> Response:
    """Return the page for a problem; who is not signed in, or has to prove it again, is led there.

    From there they are led `back`, if that is said.

    It may read from the store in which language.
    """
    if isinstance(error, NotProvedError):
        to = request.url.path if request.method == "GET" else _page_before(request)
        return RedirectResponse(f"/sign-in/again?{urlencode({'to': to})}", status_code=303)
    if problem.status == HTTPStatus.UNAUTHORIZED or back is not None:
        response = RedirectResponse("/sign-in", status_code=303)
        remember_way_back(response, services_of(request).site, back or "/")
        return response
    fallback = (N_("This did not work."), problem.detail)
    title, advice = _PAGES_OF.get(type(error)) or _PAGES.get(problem.status, fallback)
    with written_for(request):
        return render(
            "message.html",
            problem.status,
            title=Sentence(message=title),
            advice=_own_advice(error) or Sentence(message=advice),
            viewer=None,
            path=request.url.path,
        )


def _own_advice(error: Exception) -> Refusal | None:
    """Return what a page itself said of the form it was sent, if it did."""
    if isinstance(error, ProblemError) and error.status is HTTPStatus.UNPROCESSABLE_ENTITY:
        return refusal(error)
    return None


def _page_before(request: Request) -> str:
    """Return the page of ours a form was sent from: it is shown again once they have proved who they are."""
    try:
        return urlsplit(request.headers.get("referer", "")).path or "/"
    except ValueError:
        return "/"
