"""Asking the service for a certificate, over HTTPS (httpx): with a code at first, with the key in use later.

The code says by which public key the authority is known. Its certificate is fetched before anybody is
trusted: that tells nobody anything, and it is worth nothing unless that key is in it. The rest goes to whom
it certified.
"""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlsplit

import msgspec
from cryptography import x509
from msgspec import Struct

from edge.identity.folder import IdentityFolder
from edge.identity.requests import (
    checked_answer,
    enrolment_request,
    public_fingerprint,
    renewal_request,
)
from vitals.clock import Clock
from vitals.errors import ConfigurationError, DeliveryError
from vitals.settings import is_loopback
from vitals.wire.enrolment import (
    AUTHORITY_PATH,
    ENROLMENT_PATH,
    RENEWAL_PATH,
    Enrolled,
    EnrolmentCode,
)

if TYPE_CHECKING:
    import httpx

__all__ = ["Renewals", "enrol"]

_ANSWERS_WITHIN_S: Final = 20.0
_MOST_ANSWER: Final = 65_536
S = TypeVar("S", bound=Struct)


def enrol(code: EnrolmentCode, folder: IdentityFolder, clock: Clock) -> tuple[Enrolled, x509.Certificate]:
    """Have this gateway let in by a code, and keep what it is given; cut off anywhere, it can be done again.

    Raises
    ------
    ConfigurationError
        If the code leads where nothing may be told.
    DeliveryError
        If the service is not reached, is not whom the code says, or refuses.
    StorageError
        If what it says cannot be kept.
    """
    authority = _authority(code, clock)
    trusted = _trusting(code, authority)
    key = folder.next_key(code.token)
    answer = _post(code.url, ENROLMENT_PATH, code.token, enrolment_request(key), trusted, clock)
    made = checked_answer(answer, key, code.authority)
    folder.keep_settings(answer, code)
    folder.keep(answer, key)  # at last: it lets go of the key by which all of this can be asked for again
    return answer, made


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewals:
    """Where and with which token this gateway renews; without `ca`, by whom this computer trusts."""

    url: str
    token: str
    ca: ssl.SSLContext | None
    folder: IdentityFolder
    clock: Clock

    def renew(self) -> x509.Certificate:
        """Get the next certificate and keep it, with its new key, in place of the one in use; return it.

        Raises
        ------
        ConfigurationError
            If there is none in use, or it cannot be read.
        DeliveryError
            If the service is not reached, or refuses.
        StorageError
            If it cannot be kept: the one in use stays.
        """
        present = self.folder.present()
        if present is None:
            raise ConfigurationError("there is no certificate to renew: enrol this gateway with a code")
        certificate, by = present
        key = self.folder.next_key(f"{certificate.serial_number:x}")
        request = renewal_request(certificate, by, key)
        trusted = self.ca or ssl.create_default_context()
        answer = _post(self.url, RENEWAL_PATH, self.token, request, trusted, self.clock)
        made = checked_answer(answer, key, public_fingerprint(self.folder.authority()))
        self.folder.keep(answer, key)
        return made


def _authority(code: EnrolmentCode, clock: Clock) -> str:
    """Return the authority's certificate, which is whose the code says, whoever handed it over."""
    parts = urlsplit(code.url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigurationError("the code names no address of a service: have a new one made")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ConfigurationError(
            "the code leads over plain http beyond this machine, where anybody could read it: "
            "give the service an https address (http.public_url), and have a new code made"
        )
    unverified = ssl.create_default_context()
    unverified.check_hostname = False
    unverified.verify_mode = (
        ssl.CERT_NONE
    )  # what comes is checked by the code's fingerprint, and no secret goes
    answer = _ask(code.url, unverified, clock, "GET", AUTHORITY_PATH)
    try:
        certificate = x509.load_pem_x509_certificate(answer.content)
    except ValueError:
        raise DeliveryError(f"{code.url} shows no authority: check that the service runs there") from None
    if public_fingerprint(certificate) != code.authority:
        raise DeliveryError(
            f"{code.url} is not the service the code was made for, or somebody stands in between: "
            "the code was not told to it; ask whoever gave it to you"
        )
    return answer.text


def _trusting(code: EnrolmentCode, authority: str) -> ssl.SSLContext:
    return ssl.create_default_context() if code.is_public else ssl.create_default_context(cadata=authority)


def _post(  # noqa: PLR0913, PLR0917 - one request
    url: str, path: str, token: str, request: Struct, trusted: ssl.SSLContext, clock: Clock
) -> Enrolled:
    answer = _ask(url, trusted, clock, "POST", path, token=token, content=msgspec.json.encode(request))
    if answer.status_code != HTTPStatus.OK:
        raise DeliveryError(f"{url} refuses: {_detail(answer)}")
    try:
        return msgspec.json.decode(answer.content[:_MOST_ANSWER], type=Enrolled)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise DeliveryError(f"{url} answers what cannot be read: {error}") from error


def _ask(  # noqa: PLR0913 - one request
    url: str,
    trusted: ssl.SSLContext,
    clock: Clock,
    method: str,
    path: str,
    *,
    token: str | None = None,
    content: bytes | None = None,
) -> "httpx.Response":
    import httpx  # noqa: PLC0415 - a gateway that renews once in two months has it in memory for that only

    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    try:
        with httpx.Client(
            base_url=url, verify=trusted, timeout=_ANSWERS_WITHIN_S, trust_env=False, follow_redirects=False
        ) as client:
            return client.request(method, path, headers=headers, content=content)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        today = f"{datetime.fromtimestamp(clock.wall_ms() / 1000, UTC):%Y-%m-%d %H:%M} UTC"
        raise DeliveryError(
            f"{url} cannot be reached safely: {error}; check address, network, and whether it is {today} now"
        ) from error


def _detail(answer: "httpx.Response") -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"it answers {answer.status_code}"
