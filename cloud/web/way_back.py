"""Where somebody was when it turned out that nobody is signed in: they are led back there once they are.

A cookie holds it, so that it outlives every way of signing in. It is a path of ours and an answer that was
about to be given; what is not theirs stays so, whoever signs in.
"""

import re
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from cloud.access.credentials import session_token
from cloud.access.errors import NotSignedInError, UnknownFormError
from cloud.access.shield import SAFE_METHODS
from cloud.access.site import Site
from cloud.api.posted import form_fields
from cloud.api.problems import ProblemError
from cloud.services import services_of

__all__ = ["forget_way_back", "known_way_back", "own_path", "remember_way_back", "way_back"]

_OURS: Final = re.compile(r"/(?![/\\])[^\\\x00-\x20]*")
"""A path, and nothing that a browser could take for another site's address."""
_ANSWERED: Final = re.compile(r"(/alerts/[\w-]{1,64})/acknowledge")
_LIFE_S: Final = 15 * 60
_LONGEST: Final = 500


def own_path(to: str) -> str:
    """Return a path of ours, whatever was asked for: nobody is led elsewhere."""
    return to if _OURS.fullmatch(to) else "/"


async def way_back(request: Request, error: Exception) -> str | None:
    """Return where to lead somebody once they are signed in; None: they are, or it was no page.

    An answer to an alert that was about to be given is offered again there.
    """
    if request.method in SAFE_METHODS:
        is_page = "text/html" in request.headers.get("accept", "")  # no script of ours asks for that
        return _asked(request) if is_page and isinstance(error, NotSignedInError) else None
    answered = _ANSWERED.fullmatch(request.url.path)
    if answered is None or not _is_signed_out(request, error):
        return None
    return f"{answered[1]}?{urlencode({'answer': await _answer(request)})}"


def remember_way_back(response: Response, site: Site, to: str) -> None:
    """Have a browser remember where to go on; what is too long to be an address of ours is let go."""
    if to != "/" and len(to) <= _LONGEST:
        response.set_cookie(
            _name(site),
            to,
            max_age=_LIFE_S,
            path="/",
            secure=site.is_secure,
            httponly=True,
            samesite="lax",
        )


def known_way_back(request: Request, site: Site) -> str | None:
    """Return where a browser remembers to go on, if it does."""
    to = request.cookies.get(_name(site))
    return to if to is not None and _OURS.fullmatch(to) and to != "/" else None


def forget_way_back(response: Response, site: Site) -> None:
    """Make a browser forget it: nobody is led there twice."""
    response.delete_cookie(_name(site), path="/", secure=site.is_secure, httponly=True, samesite="lax")


def _name(site: Site) -> str:
    return f"{site.cookie_name}-back"


def _asked(request: Request) -> str:
    query = request.url.query
    return own_path(f"{request.url.path}?{query}" if query else request.url.path)


def _is_signed_out(request: Request, error: Exception) -> bool:
    """Tell whether a form was refused because its session is over: a browser lets go of the cookie, too."""
    if isinstance(error, NotSignedInError):
        return True
    return isinstance(error, UnknownFormError) and session_token(request, services_of(request).site) is None


async def _answer(request: Request) -> str:
    try:
        return (await form_fields(request)).get("reason", "")[:40]
    except ProblemError:
        return ""
