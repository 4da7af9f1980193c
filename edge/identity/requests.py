"""What a gateway asks of the authority, and whether what comes back is what it asked for."""

import hashlib
from base64 import b64encode

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from vitals.errors import DeliveryError
from vitals.wire.enrolment import Enrolled, EnrolmentRequest, RenewalRequest, what_is_signed
from vitals.wire.topics import checked

__all__ = ["checked_answer", "enrolment_request", "new_key", "public_fingerprint", "renewal_request"]


def new_key() -> ec.EllipticCurvePrivateKey:
    """Return a new key on P-256: it never leaves this computer."""
    return ec.generate_private_key(ec.SECP256R1())


def enrolment_request(key: ec.EllipticCurvePrivateKey) -> EnrolmentRequest:
    """Ask for a certificate for a key; who it is for is the service's to say."""
    return EnrolmentRequest(csr=_csr(key).public_bytes(serialization.Encoding.PEM).decode())


def renewal_request(
    present: x509.Certificate, by: ec.EllipticCurvePrivateKey, key: ec.EllipticCurvePrivateKey
) -> RenewalRequest:
    """Ask for the next certificate, for a new key that the present one's vouches for."""
    csr = _csr(key)
    signature = by.sign(
        what_is_signed(csr.public_bytes(serialization.Encoding.DER)), ec.ECDSA(hashes.SHA256())
    )
    return RenewalRequest(
        csr=csr.public_bytes(serialization.Encoding.PEM).decode(),
        serial=f"{present.serial_number:x}",
        signature=b64encode(signature).decode(),
    )


def checked_answer(answer: Enrolled, key: ec.EllipticCurvePrivateKey, authority: bytes) -> x509.Certificate:
    """Return the certificate in an answer, if it is for our key, and by the authority we know.

    `authority` is the fingerprint of that one's public key.

    Raises
    ------
    DeliveryError
        If it is not, or cannot be read: nothing of it is to be kept.
    """
    try:
        made = x509.load_pem_x509_certificate(answer.certificate.encode())
        by = x509.load_pem_x509_certificate(answer.authority.encode())
        made.verify_directly_issued_by(by)
        names = made.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise DeliveryError(f"the service's answer is no certificate of its authority: {error}") from error
    is_named = [each.value for each in names] == [checked(answer.gateway)]
    if public_fingerprint(by) != authority or made.public_key() != key.public_key() or not is_named:
        raise DeliveryError("the service's answer is not for this gateway's key: ask who runs it")
    return made


def public_fingerprint(certificate: x509.Certificate) -> bytes:
    """Return what an authority is known by: the SHA-256 of its public key (SPKI, DER)."""
    spki = certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(spki).digest()


def _csr(key: ec.EllipticCurvePrivateKey) -> x509.CertificateSigningRequest:
    return x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
