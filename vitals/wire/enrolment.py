"""How a gateway is let in: the code an administrator hands over, and what is said over it.

The code carries where the service is, by which authority it is known, and a token that is good once.
"""

import hashlib
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from vitals.errors import EnvelopeError

__all__ = [
    "AUTHORITY_PATH",
    "ENROLMENT_PATH",
    "MOST_REQUEST_BYTES",
    "RENEWAL_PATH",
    "Enrolled",
    "EnrolmentCode",
    "EnrolmentRequest",
    "RenewalRequest",
    "code_from_text",
    "code_to_text",
    "what_is_signed",
]

AUTHORITY_PATH: Final = "/api/v1/gateway-authority"
ENROLMENT_PATH: Final = "/api/v1/gateway-enrolment"
RENEWAL_PATH: Final = "/api/v1/gateway-renewal"

MOST_REQUEST_BYTES: Final = 8_192
_MOST_CSR: Final = 4_096
_PREFIX: Final = "carewire-"
_MOST_CODE: Final = 600
_CHECK_BYTES: Final = 4
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{32,200}")
_ReleaseKey = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]
_PURPOSE: Final = b"carewire certificate renewal, 1\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentCode:
    """What a gateway needs to come in; `authority` is the SHA-256 of the authority's public key (SPKI, DER).

    `is_public` says that the service itself is known by an authority every computer trusts.
    """

    url: str
    authority: bytes
    token: str = field(repr=False)
    is_public: bool = False


class EnrolmentRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Asks for a certificate for the key in `csr` (PEM); nothing else in it is looked at."""

    csr: Annotated[str, Meta(max_length=_MOST_CSR)]


class RenewalRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Asks for another certificate before the one numbered `serial` ends.

    `signature` is made with the key of that one over `what_is_signed`, so the old key vouches for the new;
    the request is itself signed with the new. Sent again by anybody it only brings the same certificate.
    """

    csr: Annotated[str, Meta(max_length=_MOST_CSR)]
    serial: Annotated[str, Meta(pattern="^[0-9a-f]{1,40}$")]
    signature: Annotated[str, Meta(max_length=400)]
    """In Base64: ECDSA with SHA-256."""


class Enrolled(Struct, frozen=True, kw_only=True):
    """What a gateway is given: certificate and authority (PEM), where the broker is, a token for HTTP."""

    gateway: str
    certificate: str
    authority: str
    broker_host: str
    broker_port: int
    token: str | None = None
    """Given at enrolment; one that is renewed keeps what it has."""
    release_keys: Annotated[
        tuple[Annotated[str, Meta(pattern="^[0-9a-f]{64}$")], ...], Meta(max_length=8)
    ] = ()
    """Whose settings and models it is to take from afar; pinned at enrolment, as `trust.release_keys`."""


class _Code(Struct, frozen=True, array_like=True):
    url: str
    authority: bytes
    token: str
    is_public: bool


_decode = msgspec.msgpack.Decoder(_Code).decode


def code_to_text(code: EnrolmentCode) -> str:
    """Return a code as letters, digits, '-' and '_': it is typed into a shell as it stands."""
    content = msgspec.msgpack.encode(_Code(code.url, code.authority, code.token, code.is_public))
    return _PREFIX + urlsafe_b64encode(_check(content) + content).rstrip(b"=").decode()


def code_from_text(text: str) -> EnrolmentCode:
    """Return what a code says; spaces and line ends that crept in are passed over.

    Raises
    ------
    EnvelopeError
        If it is none, or not all of one.
    """
    packed = "".join(text.split())
    if not packed.startswith(_PREFIX) or len(packed) > _MOST_CODE:
        raise EnvelopeError(
            "that is no enrolment code: give all of what `carewire cloud gateway invite` printed"
        )
    body = packed.removeprefix(_PREFIX).encode("ascii", "replace")
    try:
        content = urlsafe_b64decode(body + b"=" * (-len(body) % 4))
        check, content = content[:_CHECK_BYTES], content[_CHECK_BYTES:]
        found = _decode(content)
    except (ValueError, msgspec.MsgspecError) as error:
        raise _incomplete() from error
    is_whole = check == _check(content) and len(found.authority) == hashlib.sha256().digest_size
    if not is_whole or _TOKEN.fullmatch(found.token) is None:
        raise _incomplete()
    return EnrolmentCode(
        url=found.url, authority=found.authority, token=found.token, is_public=found.is_public
    )


def what_is_signed(csr_der: bytes) -> bytes:
    """Return what the old key signs to vouch for the key in a request: made for nothing else."""
    return _PURPOSE + csr_der


def _check(content: bytes) -> bytes:
    """Return what tells a code that was cut off or mistyped; it keeps nobody out."""
    return hashlib.sha256(content).digest()[:_CHECK_BYTES]


def _incomplete() -> EnvelopeError:
    return EnvelopeError("that enrolment code is not whole: copy it again, from its first letter to its last")
