"""Certificate requests, of which only the key counts: what else somebody writes into one is not even read."""

import hashlib
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from cloud.gateways.errors import CertificateRequestError, NotProvenError
from vitals.wire.enrolment import what_is_signed

__all__ = ["RequestedKey", "key_hash", "requested_key", "vouched_for"]

_CURVES: Final = (ec.SECP256R1, ec.SECP384R1)

RequestedKey = ec.EllipticCurvePublicKey


def requested_key(csr_pem: str) -> tuple[RequestedKey, bytes]:
    """Return the key of a request whose maker proves to hold it, and the request in DER.

    Raises
    ------
    CertificateRequestError
        If it cannot be read, is not signed with its key, or the key is of another kind than ours are.
    """
    try:
        request = x509.load_pem_x509_csr(csr_pem.encode("ascii"))
        key = request.public_key()
        is_signed = request.is_signature_valid
    except (ValueError, TypeError, UnsupportedAlgorithm, UnicodeEncodeError) as error:
        raise CertificateRequestError("the certificate request cannot be read: send one in PEM") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, _CURVES):
        raise CertificateRequestError("the key is of a kind not certified here: make one on the curve P-256")
    if not is_signed:
        raise CertificateRequestError("the certificate request is not signed with its own key: make it anew")
    return key, request.public_bytes(serialization.Encoding.DER)


def key_hash(key: RequestedKey) -> bytes:
    """Return what a key is known by: the SHA-256 of its SubjectPublicKeyInfo in DER."""
    spki = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).digest()


def vouched_for(csr_der: bytes, signature: bytes, by: x509.Certificate) -> None:
    """Return if the key of a certificate signed for the request.

    Raises
    ------
    NotProvenError
        If it did not.
    """
    key = by.public_key()
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, what_is_signed(csr_der), ec.ECDSA(hashes.SHA256()))
            return
    except InvalidSignature:
        pass
    raise NotProvenError(
        "the request is not vouched for by the key of that certificate: sign it with that key"
    )
