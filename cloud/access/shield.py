"""What every answer carries and every change must show: browsers' own defences, switched on."""

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from pathlib import PurePath
from types import MappingProxyType
from typing import Final

import structlog
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cloud.access.errors import ForeignOriginError, MisdirectedError
from cloud.access.site import Site

__all__ = [
    "SAFE_METHODS",
    "SECURITY_HEADERS",
    "BodyLimit",
    "CatchUnforeseen",
    "SecurityHeaders",
    "check_origin",
]

_log = structlog.get_logger(__name__)

_PLACES: Final = 6
_NONE_LARGER: Final[Mapping[str, int]] = MappingProxyType({})
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_FROM_HERE: Final = frozenset({"same-origin", "none"})
"""Pages of ours, and people who type an address or open a bookmark."""
_CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_NO_DEVICES: Final = (
    "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), display-capture=()"
)
SECURITY_HEADERS: Final = (
    ("content-security-policy", _CONTENT_SECURITY_POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    # Not "no-referrer": under it browsers send `Origin: null` with our own forms.
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-embedder-policy", "require-corp"),
    ("permissions-policy", _NO_DEVICES),
)
BODY_S: Final = 30.0
"""How long a body may take to arrive, in real seconds."""
_STRICT_TRANSPORT: Final = ("strict-transport-security", "max-age=63072000")


def check_origin(request: HTTPConnection, method: str, site: Site) -> None:
    """Refuse a request sent to a name not ours, and what another site's page asks for.

    A browser names the page's origin with every post. Where no origin is named, no cookie may be
    either: then it is a program, which speaks for itself alone. Browsers say besides how far the page is from
    us (Sec-Fetch-Site): from elsewhere nothing is given but a page that somebody goes to, as by a link.

    Raises
    ------
    MisdirectedError
        If the Host header is no name of ours (DNS rebinding).
    ForeignOriginError
        If it is asked for from elsewhere.
    """
    host = request.headers.get("host", "")
    if not site.is_own_host(host):
        raise MisdirectedError("this service has another name: open the address you were given")
    is_change = method not in SAFE_METHODS
    if request.headers.get("sec-fetch-site", "none") not in _FROM_HERE and (
        is_change or not _goes_to_a_page(request)
    ):
        raise ForeignOriginError("another site's page asked for this: open it here")
    if not is_change:
        return
    origin = request.headers.get("origin")
    forged = "cookie" in request.headers if origin is None else not site.is_own_origin(origin, host)
    if forged:
        raise ForeignOriginError("this change was not asked for by a page of this service: open it here")


def _goes_to_a_page(request: HTTPConnection) -> bool:
    """Tell whether a browser's window goes here, rather than that a page elsewhere loads this as a part.

    What our own service worker passes on of it has no destination any more; no page's script can ask so.
    """
    return request.headers.get("sec-fetch-mode") == "navigate" and request.headers.get("sec-fetch-dest") in {
        "document",
        "empty",
    }


class SecurityHeaders:
    """ASGI middleware: adds the security headers, and keeps answers out of shared caches."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app = app
        self._headers = (*SECURITY_HEADERS, _STRICT_TRANSPORT) if site.is_secure else SECURITY_HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with headers on the way back."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers:
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
            await send(message)

        await self._app(scope, receive, send_with_headers)


class BodyLimit:
    """ASGI middleware: reading a request's body fails with 413 beyond `most_bytes`, with 408 beyond `BODY_S`.

    `larger` names paths that take more, and how much.
    """

    def __init__(self, app: ASGIApp, most_bytes: int, larger: Mapping[str, int] = _NONE_LARGER) -> None:
        self._app = app
        self._most_bytes = most_bytes
        self._larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, counting what is read and how long it takes."""
        read_bytes, most_bytes = 0, self._larger.get(scope.get("path", ""), self._most_bytes)
        whole, left_s = scope["type"] != "http", BODY_S

        async def counted_receive() -> Message:
            nonlocal read_bytes, whole, left_s
            if whole:
                return (
                    await receive()
                )  # only the end of the connection is left to be told: that may take days
            began_s = asyncio.get_running_loop().time()
            try:
                async with asyncio.timeout(left_s):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(HTTPStatus.REQUEST_TIMEOUT) from None
            left_s -= asyncio.get_running_loop().time() - began_s
            whole = not message.get("more_body", False)
            read_bytes += len(message.get("body", b""))
            if read_bytes > most_bytes:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return message

        await self._app(scope, counted_receive, send)


class CatchUnforeseen:
    """ASGI middleware: an error nobody foresaw is logged by its type and answered without its text."""

    def __init__(self, app: ASGIApp, answer: Callable[[Request, Exception], Awaitable[Response]]) -> None:
        self._app = app
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; answer in place of what failed, unless it had begun to answer."""
        begun = False

        async def noting_send(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noting_send)
        except Exception as error:
            if scope["type"] != "http" or begun:
                raise
            _log.error("http.failed", error=type(error).__name__, route=_route_of(scope), at=_places(error))
            response = await self._answer(Request(scope), error)
            await response(scope, receive, send)


def _places(error: Exception) -> list[str]:
    """Return where it happened: places in the code, and no value that a message or a variable may hold."""
    frames = traceback.extract_tb(error.__traceback__)[-_PLACES:]
    return [f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]


def _route_of(scope: Scope) -> str | None:
    return getattr(scope.get("route"), "path", None)
