"""How a session's secret travels: a cookie for browsers, a bearer token for programs."""

from starlette.requests import Request
from starlette.responses import Response

from cloud.access.site import Site

COOKIE_LIFE_S = 400 * 24 * 3600
"""As long as browsers keep any: how long a session lasts is decided here and not there."""


def session_token(request: Request, site: Site) -> str | None:
    """Return the secret a request carries. A bearer token speaks before a cookie."""
    if _is_bearer(request):
        return bearer_token(request)
    return request.cookies.get(site.cookie_name) or None


def bearer_token(request: Request) -> str | None:
    """Return the bearer token a program sends along."""
    token = request.headers.get("authorization", "").partition(" ")[2].strip()
    return token if _is_bearer(request) and token else None


def set_session_cookie(response: Response, site: Site, token: str, *, stays: bool = False) -> None:
    """Sign a browser in: unreadable to scripts, never sent along with another site's posts.

    Unless it `stays`, the browser forgets it when it is closed.
    """
    response.set_cookie(
        site.cookie_name,
        token,
        max_age=COOKIE_LIFE_S if stays else None,
        path="/",
        secure=site.is_secure,
        httponly=True,
        samesite="lax",
    )


def _is_bearer(request: Request) -> bool:
    return request.headers.get("authorization", "").partition(" ")[0].lower() == "bearer"


def clear_session_cookie(response: Response, site: Site) -> None:
    """Make a browser forget its session."""
    response.delete_cookie(site.cookie_name, path="/", secure=site.is_secure, httponly=True, samesite="lax")


def set_device_cookie(response: Response, site: Site, devices: str) -> None:
    """Have a browser known again the next time somebody tries to sign in on it."""
    response.set_cookie(
        site.device_cookie_name,
        devices,
        max_age=COOKIE_LIFE_S,
        path="/",
        secure=site.is_secure,
        httponly=True,
        samesite="strict",
    )
