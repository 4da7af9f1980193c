"""TLS as the service and its broker speak it: what is refused, and a certificate that is renewed in place."""

import re
import ssl
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from cloud.access.tls import CURVE, SUITES_1_2, CertificateWatch, server_context
from tests.fakes.authority import Authority
from tests.fakes.clock import FakeClock
from vitals.clock import ScaledClock

DEPLOY = Path(__file__).parents[4] / "deploy"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def context(authority: Authority) -> ssl.SSLContext:
    files = authority.issue("cloud")
    return server_context(files["cert_file"], files["key_file"])


def _client(authority: Authority) -> ssl.SSLContext:
    client = ssl.create_default_context(cafile=authority.folder / "ca.crt")
    client.check_hostname = False
    return client


def _shake_hands(server: ssl.SSLContext, client: ssl.SSLContext) -> ssl.SSLObject:
    """Return the client's end, once both have agreed."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (
        client.wrap_bio(to_client, to_server, server_hostname="localhost"),
        server.wrap_bio(to_server, to_client, server_side=True),
    )
    done: set[int] = set()
    for _ in range(20):
        for number, end in enumerate(ends):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            done.add(number)
        if len(done) == len(ends):
            return ends[0]
    raise AssertionError("they came to no end")


def _old(client: ssl.SSLContext) -> None:
    client.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    client.maximum_version = ssl.TLSVersion.TLSv1_1
    client.set_ciphers("ALL:@SECLEVEL=0")


def _of_1_2(suites: str) -> Callable[[ssl.SSLContext], None]:
    def offer(client: ssl.SSLContext) -> None:
        client.maximum_version = ssl.TLSVersion.TLSv1_2
        client.set_ciphers(suites)

    return offer


def _another_curve(client: ssl.SSLContext) -> None:
    client.set_ecdh_curve("secp521r1")


WEAK = {
    "TLS 1.1": _old,
    "a key exchange without forward secrecy": _of_1_2("AES128-GCM-SHA256:AES256-GCM-SHA384"),
    "a cipher in CBC mode": _of_1_2("ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA"),
    "finite-field Diffie-Hellman": _of_1_2("DHE-RSA-AES128-GCM-SHA256"),
    "another curve": _another_curve,
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("what", WEAK)
def test_what_is_weak_is_refused(authority: Authority, context: ssl.SSLContext, what: str) -> None:
    client = _client(authority)
    WEAK[what](client)
    with pytest.raises(ssl.SSLError):
        _shake_hands(context, client)


@pytest.mark.parametrize("most", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_what_browsers_speak_is_agreed_on(
    authority: Authority, context: ssl.SSLContext, most: ssl.TLSVersion
) -> None:
    client = _client(authority)
    client.maximum_version = most
    end = _shake_hands(context, client)
    assert end.version() == most.name.replace("v1_", "v1.")
    assert end.compression() is None


def test_a_certificate_renewed_in_place_is_served_and_half_of_one_is_not(
    authority: Authority, context: ssl.SSLContext
) -> None:
    def served() -> int:
        shown = _shake_hands(context, _client(authority)).getpeercert(binary_form=True)
        assert shown is not None
        return x509.load_der_x509_certificate(shown).serial_number

    first = served()
    before = authority.files("cloud")["key_file"].read_bytes()
    authority.issue("cloud")
    new_key = authority.files("cloud")["key_file"].read_bytes()
    authority.files("cloud")["key_file"].write_bytes(before)
    assert served() == first
    authority.files("cloud")["key_file"].write_bytes(new_key)
    assert served() != first


def test_a_key_behind_a_password_or_no_certificate_at_all_is_refused(
    authority: Authority, tmp_path: Path
) -> None:
    files = authority.issue("cloud")
    key = serialization.load_pem_private_key(files["key_file"].read_bytes(), None)
    files["key_file"].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    with pytest.raises(ValueError, match="password"):
        server_context(files["cert_file"], files["key_file"])
    with pytest.raises(OSError, match="No such file"):
        server_context(tmp_path / "absent", files["key_file"])


@pytest.mark.parametrize(("lasts", "is_told"), [(timedelta(days=20), True), (timedelta(days=30), False)])
def test_a_certificate_that_ends_soon_is_a_trouble(
    authority: Authority, lasts: timedelta, *, is_told: bool
) -> None:
    watch = CertificateWatch(cert_file=authority.issue("cloud", lasts)["cert_file"], clock=ScaledClock())
    assert [("renew it" in told) for told in watch.troubles()] == ([True] if is_told else [])


def test_without_a_certificate_there_is_none_to_watch_and_one_that_is_gone_is_a_trouble(
    tmp_path: Path,
) -> None:
    assert CertificateWatch(cert_file=None, clock=FakeClock()).troubles() == ()
    assert CertificateWatch(cert_file=tmp_path / "gone.pem", clock=FakeClock()).troubles() != ()


def test_the_broker_offers_what_the_service_does() -> None:
    settings = dict(re.findall(r"^(\S+) (.*)$", (DEPLOY / "mosquitto.conf").read_text(), re.MULTILINE))
    assert settings["tls_version"] == "tlsv1.2"
    assert tuple(settings["ciphers"].split(":")) == SUITES_1_2
    offered = dict(re.findall(r"^(\w+) = (.*)$", (DEPLOY / "openssl.cnf").read_text(), re.MULTILINE))
    assert offered["MinProtocol"] == "TLSv1.2"
    assert offered["Groups"].split(":")[0] == CURVE
    assert "NoRenegotiation" in offered["Options"]
