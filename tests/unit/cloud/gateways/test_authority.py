"""What the authority certifies, and what it can never be made to."""

from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import PolicyBuilder, Store

from cloud.gateways.authority import BACKDATED_MS, DAY_MS, RESERVED, Use, new_authority, renewed
from tests.fakes.identities import a_key, an_authority, random_bytes
from vitals.errors import EnvelopeError

NOW_MS = 1_790_000_000_000


def issued(use: Use = Use.GATEWAY, name: str = "hallway", **more) -> x509.Certificate:
    authority = new_authority(now_ms=NOW_MS, randomness=random_bytes)
    return authority.issue(use, name, a_key().public_key(), now_ms=NOW_MS, randomness=random_bytes, **more)


def moment(t_ms: int) -> datetime:
    return datetime.fromtimestamp(t_ms // 1000, UTC)


def extension(certificate: x509.Certificate, kind):
    return certificate.extensions.get_extension_for_class(kind)


def test_the_authority_certifies_holders_of_keys_and_no_other_authority() -> None:
    made = an_authority().certificate
    basic = extension(made, x509.BasicConstraints)
    assert basic.critical
    assert (basic.value.ca, basic.value.path_length) == (True, 0)
    usage = extension(made, x509.KeyUsage)
    assert usage.critical
    assert usage.value.key_cert_sign
    assert usage.value.crl_sign
    assert not usage.value.digital_signature
    assert isinstance(made.public_key(), ec.EllipticCurvePublicKey)


def test_a_gateways_certificate_is_for_a_client_for_ninety_days_and_names_it_twice() -> None:
    made = issued()
    assert [each.value for each in made.subject] == ["hallway"]
    assert made.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "hallway"
    names = extension(made, x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == ["urn:carewire:gateway:hallway"]
    assert list(extension(made, x509.ExtendedKeyUsage).value) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert not extension(made, x509.BasicConstraints).value.ca
    assert not extension(made, x509.KeyUsage).value.key_cert_sign
    assert made.not_valid_before_utc == moment(NOW_MS - BACKDATED_MS)
    assert made.not_valid_after_utc == moment(NOW_MS + 90 * DAY_MS)


@pytest.mark.parametrize("use", [Use.BROKER, Use.CLOUD])
def test_a_servers_certificate_is_for_a_server_and_names_where_it_is(use: Use) -> None:
    made = issued(use, str(use), hosts=("broker", "192.0.2.7"))
    names = extension(made, x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["broker"]
    assert [str(each) for each in names.get_values_for_type(x509.IPAddress)] == ["192.0.2.7"]
    assert list(extension(made, x509.ExtendedKeyUsage).value) == [ExtendedKeyUsageOID.SERVER_AUTH]


def test_whoever_checks_as_browsers_must_trusts_a_servers_certificate() -> None:
    authority = new_authority(now_ms=NOW_MS, randomness=random_bytes)
    made = authority.issue(
        Use.CLOUD,
        "cloud",
        a_key().public_key(),
        hosts=("care.example.org",),
        now_ms=NOW_MS,
        randomness=random_bytes,
    )
    strict = PolicyBuilder().store(Store([authority.certificate])).time(moment(NOW_MS + DAY_MS))
    chain = strict.build_server_verifier(x509.DNSName("care.example.org")).verify(made, [])
    assert chain == [made, authority.certificate]


def test_nothing_outlives_the_authority() -> None:
    authority = new_authority(now_ms=NOW_MS, randomness=random_bytes)
    late_ms = authority.expires_ms - DAY_MS
    made = authority.issue(
        Use.GATEWAY, "hallway", a_key().public_key(), now_ms=late_ms, randomness=random_bytes
    )
    assert made.not_valid_after_utc == authority.certificate.not_valid_after_utc


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_no_gateway_is_called_as_somebody_with_rights_of_their_own(name: str) -> None:
    with pytest.raises(EnvelopeError, match="choose another id"):
        issued(Use.GATEWAY, name)


@pytest.mark.parametrize(
    "name",
    ["", "#", "+", "a/b", "hallway/up", "ha llway", "HALLWAY", "h\0y", "\u202eyawllah", "x" * 41, "$SYS"],
)
def test_no_gateway_is_called_anything_a_broker_could_read_otherwise(name: str) -> None:
    with pytest.raises(EnvelopeError, match="3 to 40"):
        issued(Use.GATEWAY, name)


def test_an_authority_renewed_is_the_same_and_what_it_certified_stays_good() -> None:
    authority = new_authority(now_ms=NOW_MS, randomness=random_bytes)
    made = authority.issue(
        Use.GATEWAY, "hallway", a_key().public_key(), now_ms=NOW_MS, randomness=random_bytes
    )
    later = renewed(authority, now_ms=NOW_MS + 3_000 * DAY_MS, randomness=random_bytes)
    assert later.fingerprint == authority.fingerprint
    assert later.expires_ms > authority.expires_ms
    made.verify_directly_issued_by(later.certificate)


def test_the_list_names_what_is_void_and_never_runs_out_before_the_authority_does() -> None:
    authority = new_authority(now_ms=NOW_MS, randomness=random_bytes)
    listed = x509.load_pem_x509_crl(authority.revocation_list([7, 5, 7], now_ms=NOW_MS, number=3))
    assert sorted(each.serial_number for each in listed) == [5, 7]
    assert listed.is_signature_valid(authority.key.public_key())
    assert listed.next_update_utc == authority.certificate.not_valid_after_utc
    assert listed.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == 3
