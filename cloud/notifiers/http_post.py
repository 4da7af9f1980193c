"""One request to an address that somebody gave us: to where it may go, within a time, and nowhere else after.

A redirect is not followed, and a proxy of the environment is not used: either could lead elsewhere.
"""

import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse, responses
from socket import SOCK_STREAM, socket
from typing import Final
from urllib.parse import SplitResult, urlsplit

from cloud.notifiers.reach import Place, Reach
from cloud.notifiers.timed_socket import TimedSocket
from vitals.errors import ChannelBusyError, DeliveryError, MessageRefusedError

__all__ = ["Answer", "HttpPost", "target"]

_PORTS: Final = {"https": 443, "http": 80}
_LATER: Final = frozenset({408, 425, 429})
_MOST_READ: Final = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a receiver answered; `again_s` is for how long it asks to be left alone."""

    status: int
    body: bytes = b""
    location: str | None = None
    again_s: float | None = None

    @property
    def is_taken(self) -> bool:
        """Whether it says that it has taken the message; whether that is so, nobody else can know."""
        return 200 <= self.status < 300  # noqa: PLR2004 - the class of success

    def failure(self) -> DeliveryError:
        """Return what went wrong: whether another try is of use, and when."""
        said = f"the receiver answered {self.status} {responses.get(self.status, '')}".rstrip()
        if 300 <= self.status < 400:  # noqa: PLR2004 - the class of redirects
            return MessageRefusedError(f"{said}, which is not followed: give the address it leads to")
        if self.status in _LATER or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return DeliveryError(said) if self.again_s is None else ChannelBusyError(said, self.again_s)
        return MessageRefusedError(said)


def target(url: str, reach: Reach) -> SplitResult:
    """Return the parts of an address that may be posted to.

    Raises
    ------
    MessageRefusedError
        If it is no address, holds a password, or would be spoken to readably over the open internet.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise MessageRefusedError("the receiver's URL cannot be read: correct it") from None
    if parts.scheme not in _PORTS or not parts.hostname or port == 0:
        raise MessageRefusedError("the receiver's URL is not one of https: correct it")
    if parts.username is not None or parts.password is not None:
        raise MessageRefusedError("the receiver's URL holds a name or password: take them out of it")
    if parts.scheme == "http" and not reach.is_near(parts.hostname):
        raise MessageRefusedError(
            "the receiver's URL is plain http: give its https address, or have an administrator name its "
            "host in private_hosts of the channel's settings"
        )
    return parts


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpPost:
    """Posts, or gets, within `timeout_s` from the first byte to the last; reads no more than `most_read`."""

    reach: Reach
    timeout_s: float = 8.0
    most_read: int = _MOST_READ
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    monotonic_s: Callable[[], float] = time.monotonic
    wall_s: Callable[[], float] = time.time

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post, and return what was answered; see `exchange`."""
        return self.exchange("POST", url, body, headers)

    def exchange(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        """Make one request, and return what was answered.

        Raises
        ------
        DeliveryError
            Nothing was: the receiver is not there, too slow, or speaks no HTTP.
        MessageRefusedError
            The address is not one to speak to.
        """
        parts = target(url, self.reach)
        deadline_s = self.monotonic_s() + self.timeout_s
        try:
            return self._answer((method, parts), body, headers, deadline_s)
        except TimeoutError:
            raise DeliveryError(f"the receiver did not answer within {self.timeout_s:g} s") from None
        except ssl.SSLCertVerificationError:
            raise DeliveryError("the receiver's certificate is not to be trusted: see to it") from None
        except (OSError, HTTPException, ValueError) as error:
            fault = type(error).__name__
            raise DeliveryError(f"the receiver is not reached, or broke off ({fault})") from None

    def _answer(
        self,
        asked: tuple[str, SplitResult],
        body: bytes | None,
        headers: Mapping[str, str],
        deadline_s: float,
    ) -> Answer:
        method, parts = asked
        host = str(parts.hostname)
        port = parts.port or _PORTS[parts.scheme]
        connection = HTTPConnection(host, port)
        raw = self._connected(self.reach.places(host, port), deadline_s)
        with closing(self._secured(raw, parts)) as secured:
            connection.sock = TimedSocket(socket=secured, deadline_s=deadline_s, monotonic_s=self.monotonic_s)
            path = parts.path or "/"
            connection.request(
                method,
                f"{path}?{parts.query}" if parts.query else path,
                body,
                {"Connection": "close", "User-Agent": "carewire", **headers},
            )
            return self._read(connection.getresponse())

    def _secured(self, raw: socket, parts: SplitResult) -> socket:
        """Return the connection with TLS around it, if the address asks for that; closed if that fails."""
        if parts.scheme != "https":
            return raw
        with closing(raw):
            return self.tls.wrap_socket(raw, server_hostname=parts.hostname)

    def _connected(self, places: Sequence[Place], deadline_s: float) -> socket:
        """Return a connection to the first place that takes one."""
        *others, last = places
        for place in others:
            with suppress(OSError):
                return self._connected_to(place, deadline_s)
        return self._connected_to(last, deadline_s)

    def _connected_to(self, place: Place, deadline_s: float) -> socket:
        raw = socket(place.family, SOCK_STREAM)
        try:
            raw.settimeout(max(deadline_s - self.monotonic_s(), 0.001))
            raw.connect(place.address)
        except BaseException:
            raw.close()
            raise
        return raw

    def _read(self, response: HTTPResponse) -> Answer:
        return Answer(
            body=response.read(self.most_read),
            status=response.status,
            location=response.getheader("Location"),
            again_s=self._again_s(response.getheader("Retry-After")),
        )

    def _again_s(self, said: str | None) -> float | None:
        """Read a Retry-After: seconds, or a date (RFC 9110 section 10.2.3); what is neither says nothing."""
        if said is None:
            return None
        if said.strip().isdecimal():
            return float(said)
        try:
            return max(parsedate_to_datetime(said).timestamp() - self.wall_s(), 0.0)
        except ValueError:
            return None
