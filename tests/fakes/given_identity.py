"""What a gateway is given by an authority, as the service would answer."""

from dataclasses import dataclass

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from cloud.gateways.authority import Authority, Use, new_authority
from tests.fakes.identities import random_bytes
from vitals.wire.enrolment import Enrolled

NOW_MS = 1_790_000_000_000
AUTHORITY: Authority = new_authority(now_ms=NOW_MS, randomness=random_bytes)


@dataclass(frozen=True, slots=True)
class Given:
    """An answer, and the certificate in it."""

    message: Enrolled
    certificate_: x509.Certificate


def given(key: ec.EllipticCurvePrivateKey, *, now_ms: int = NOW_MS, token: str | None = "t" * 43) -> Given:
    """Certify a key for the gateway `hallway`, for ninety days from `now_ms`."""
    made = AUTHORITY.issue(Use.GATEWAY, "hallway", key.public_key(), now_ms=now_ms, randomness=random_bytes)
    message = Enrolled(
        gateway="hallway",
        certificate=made.public_bytes(serialization.Encoding.PEM).decode(),
        authority=AUTHORITY.pem,
        broker_host="broker.example.org",
        broker_port=8883,
        token=token,
    )
    return Given(message, made)


def structs_replace(message: Enrolled, **changes: object) -> Enrolled:
    """The same answer with something else in it."""
    return msgspec.structs.replace(message, **changes)
