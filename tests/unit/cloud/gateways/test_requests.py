"""Of a certificate request only the key counts, and that its maker holds it."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from cloud.gateways.errors import CertificateRequestError
from cloud.gateways.requests import key_hash, requested_key
from tests.fakes.identities import a_key, a_request

CRAFTED = ("", "#", "+", "a/b", "garden", "x" * 64, "h\0y", "\u202eyawllah", "ingest")
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.mark.parametrize("common", CRAFTED)
def test_whatever_name_is_asked_for_is_not_even_read(common: str) -> None:
    key, _ = requested_key(a_request(common=common))
    assert key_hash(key) == key_hash(a_key().public_key())


def test_a_name_of_four_kilobytes_is_too_long_for_any_request() -> None:
    with pytest.raises(ValueError, match="64"):
        a_request(common="x" * 4096)


def _request_by(key, digest) -> str:
    made = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, digest)
    return made.public_bytes(serialization.Encoding.PEM).decode()


@pytest.mark.parametrize(
    ("key", "digest"),
    [
        (RSA, hashes.SHA256()),
        (ec.generate_private_key(ec.SECP256K1()), hashes.SHA256()),
        (ec.generate_private_key(ec.SECP192R1()), hashes.SHA256()),
        (ed25519.Ed25519PrivateKey.generate(), None),
    ],
)
def test_a_key_of_a_kind_not_certified_here_is_refused(key, digest) -> None:
    with pytest.raises(CertificateRequestError, match="P-256"):
        requested_key(_request_by(key, digest))


def test_a_request_whose_maker_does_not_hold_the_key_is_refused() -> None:
    der = bytearray(x509.load_pem_x509_csr(a_request().encode()).public_bytes(serialization.Encoding.DER))
    mine = a_key("mine").public_key().public_bytes(*_SPKI)
    theirs = a_key().public_key().public_bytes(*_SPKI)
    forged = bytes(der).replace(theirs, mine)
    assert forged != bytes(der)
    pem = x509.load_der_x509_csr(forged).public_bytes(serialization.Encoding.PEM).decode()
    with pytest.raises(CertificateRequestError, match="not signed with its own key"):
        requested_key(pem)


@pytest.mark.parametrize("text", ["", "PEM", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END", "é" * 9])
def test_what_is_no_request_is_refused(text: str) -> None:
    with pytest.raises(CertificateRequestError, match="cannot be read"):
        requested_key(text)


_SPKI = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
