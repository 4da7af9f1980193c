"""An authority, keys and requests as gateways make them, and as nobody should."""

import hashlib
import itertools
from base64 import b64encode
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cloud.gateways.authority import Authority, new_authority, new_key
from tests.fakes.clock import FakeClock
from vitals.wire.enrolment import RenewalRequest, what_is_signed

_numbers = itertools.count()


def random_bytes(length: int) -> bytes:
    """Bytes that differ each time and are the same in every run."""
    return hashlib.shake_256(f"identities-{next(_numbers)}".encode()).digest(length)


@cache
def an_authority() -> Authority:
    """The authority of a whole test run, as old as fake clocks are."""
    return new_authority(now_ms=FakeClock().wall_ms(), randomness=random_bytes)


@cache
def a_key(name: str = "hallway") -> ec.EllipticCurvePrivateKey:
    """The key of a gateway, the same in the whole run."""
    del name
    return new_key()


def a_request(key: ec.EllipticCurvePrivateKey | None = None, common: str = "whatever") -> str:
    """A certificate request in PEM that asks to be called `common`."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)] if common else [])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    made = builder.sign(key or a_key(), hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode()


def a_renewal(
    serial: str,
    *,
    by: ec.EllipticCurvePrivateKey | None = None,
    to: ec.EllipticCurvePrivateKey | None = None,
) -> RenewalRequest:
    """A request for the certificate after `serial`, vouched for `by` a key, for the key `to`."""
    csr = a_request(to or a_key("next"))
    der = x509.load_pem_x509_csr(csr.encode()).public_bytes(serialization.Encoding.DER)
    signature = (by or a_key()).sign(what_is_signed(der), ec.ECDSA(hashes.SHA256()))
    return RenewalRequest(csr=csr, serial=serial, signature=b64encode(signature).decode())
