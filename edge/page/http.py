"""As much of HTTP/1.1 as one page needs: one request, one answer, and the connection ends."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import parse_qs

from vitals.errors import CarewireError

__all__ = ["HEAD_BYTES", "Answer", "BadRequestError", "Request", "read_request"]

HEAD_BYTES: Final = 16_384
_BODY_BYTES: Final = 4_096
_MOST_FIELDS: Final = 16
_METHODS: Final = frozenset({"GET", "HEAD", "POST"})
_HEADERS: Final = (
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",  # noqa: E501 - one policy
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=()"),
    ("Cache-Control", "no-store"),
    ("Connection", "close"),
)


class BadRequestError(CarewireError):
    """A request cannot be read; `status` is how it is answered."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What somebody asked for."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    """By name in lower case."""
    body: bytes = b""

    @property
    def form(self) -> dict[str, str]:
        """The fields of the form that was sent; none if there are more than any form here has."""
        try:
            fields = parse_qs(self.body.decode("utf-8", errors="replace"), max_num_fields=_MOST_FIELDS)
        except ValueError:
            return {}
        return {name: values[-1] for name, values in fields.items()}

    def cookie(self, name: str) -> str | None:
        """Return a cookie's value."""
        jar: SimpleCookie = SimpleCookie()
        try:
            jar.load(self.headers.get("cookie", ""))
        except CookieError:
            return None
        return jar[name].value if name in jar else None

    @property
    def is_from_elsewhere(self) -> bool:
        """Whether a browser says that a page of somebody else's sent this."""
        origin, site = self.headers.get("origin"), self.headers.get("sec-fetch-site", "same-origin")
        is_ours = origin is None or origin == f"http://{self.headers.get('host')}"
        return not is_ours or site not in {"same-origin", "none"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is answered; every one carries the browser's own defences, switched on."""

    status: HTTPStatus = HTTPStatus.OK
    body: str = ""
    content_type: str = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()

    def encode(self, *, with_body: bool = True) -> bytes:
        """Return it as it goes over the wire."""
        body = self.body.encode()
        lines = [
            f"HTTP/1.1 {self.status.value} {self.status.phrase}",
            f"Content-Type: {self.content_type}",
            f"Content-Length: {len(body)}",
            *(f"{name}: {value}" for name, value in (*_HEADERS, *self.headers)),
        ]
        return "\r\n".join([*lines, "", ""]).encode() + (body if with_body else b"")


async def read_request(reader: asyncio.StreamReader) -> Request:
    """Read one request; `reader` was made with a limit of `HEAD_BYTES`.

    Raises
    ------
    BadRequestError
        It is none, or too large.
    """
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii")
    except asyncio.LimitOverrunError as error:
        raise BadRequestError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE) from error
    except (asyncio.IncompleteReadError, UnicodeDecodeError) as error:
        raise BadRequestError(HTTPStatus.BAD_REQUEST) from error
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, path = _asked_for(first)
    headers = _headers(lines)
    return Request(method=method, path=path, headers=headers, body=await _body(reader, method, headers))


def _asked_for(line: str) -> tuple[str, str]:
    match line.split(" "):
        case [method, target, "HTTP/1.0" | "HTTP/1.1"] if target.startswith("/"):
            if method not in _METHODS:
                raise BadRequestError(HTTPStatus.METHOD_NOT_ALLOWED)
            return method, target.partition("?")[0]
        case _:
            raise BadRequestError(HTTPStatus.BAD_REQUEST)


def _headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip() or name.lower() in headers:
            raise BadRequestError(HTTPStatus.BAD_REQUEST)
        headers[name.lower()] = value.strip()
    return headers


async def _body(reader: asyncio.StreamReader, method: str, headers: Mapping[str, str]) -> bytes:
    if method != "POST":
        return b""
    length = headers.get("content-length", "")
    if "transfer-encoding" in headers or not (length.isascii() and length.isdecimal()):
        raise BadRequestError(HTTPStatus.LENGTH_REQUIRED)
    if len(length) > len(str(_BODY_BYTES)) or int(length) > _BODY_BYTES:  # int() refuses 5,000 digits
        raise BadRequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        return await reader.readexactly(int(length))
    except asyncio.IncompleteReadError as error:
        raise BadRequestError(HTTPStatus.BAD_REQUEST) from error
