"""The authority: one key that says who the gateways, the broker and the service are. Pure: no file, no clock.

It certifies nothing that can certify others, and only for a TLS client or a TLS server, never both.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from ipaddress import ip_address
from types import MappingProxyType
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from cloud.access.tokens import Randomness
from cloud.gateways.errors import CertificateRequestError
from cloud.gateways.requests import key_hash
from vitals.wire import topics

__all__ = [
    "AUTHORITY_DAYS",
    "DAY_MS",
    "RESERVED",
    "Authority",
    "Use",
    "checked_gateway",
    "new_authority",
    "new_key",
    "renewed",
]

DAY_MS: Final = 86_400_000
BACKDATED_MS: Final = 600_000
"""A certificate begins a little before it is made: the clock of whoever looks at it may be behind."""
AUTHORITY_DAYS: Final = 3_650


class Use(StrEnum):
    """What a certificate is for."""

    GATEWAY = "gateway"
    INGEST = "ingest"
    BROKER = "broker"
    CLOUD = "cloud"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Profile:
    """One row: what the holder may do by TLS, and for how long unless told: a year for servers (Mozilla)."""

    usage: x509.ObjectIdentifier
    days: int


_PROFILES: Final[Mapping[Use, _Profile]] = MappingProxyType(
    {
        Use.GATEWAY: _Profile(usage=ExtendedKeyUsageOID.CLIENT_AUTH, days=90),
        Use.INGEST: _Profile(usage=ExtendedKeyUsageOID.CLIENT_AUTH, days=365),
        Use.BROKER: _Profile(usage=ExtendedKeyUsageOID.SERVER_AUTH, days=365),
        Use.CLOUD: _Profile(usage=ExtendedKeyUsageOID.SERVER_AUTH, days=365),
    }
)
RESERVED: Final = frozenset({Use.INGEST, Use.BROKER, Use.CLOUD})
"""Names with rights of their own at the broker, or that stand for a server: no gateway is called so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A certificate of its own, and the key to it."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def fingerprint(self) -> bytes:
        """What it is known by: the SHA-256 of its public key, which stays when its certificate is renewed."""
        return key_hash(self.key.public_key())

    @property
    def pem(self) -> str:
        """Its certificate, for everybody."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def expires_ms(self) -> int:
        """When its own certificate ends, and with it all that it certified."""
        return _ms(self.certificate.not_valid_after_utc)

    def issue(  # noqa: PLR0913 - what a certificate says
        self,
        use: Use,
        name: str,
        public_key: ec.EllipticCurvePublicKey,
        *,
        now_ms: int,
        randomness: Randomness,
        days: int | None = None,
        hosts: Sequence[str] = (),
    ) -> x509.Certificate:
        """Certify that a key is `name`'s; a server's certificate names the `hosts` it is reached by.

        Raises
        ------
        EnvelopeError
            If that is no id of a gateway, or one that no gateway may have.
        """
        profile = _PROFILES[use]
        ends_ms = min(now_ms + (days or profile.days) * DAY_MS, self.expires_ms)
        names = (
            [x509.UniformResourceIdentifier(f"urn:carewire:gateway:{checked_gateway(name)}")]
            if use is Use.GATEWAY
            else [_host(each) for each in hosts]
        )
        builder = (
            _builder(_named(name), public_key, now_ms - BACKDATED_MS, ends_ms, randomness)
            .issuer_name(self.certificate.subject)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([profile.usage]), critical=False)
            .add_extension(_issued_by(self.key), critical=False)
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def revocation_list(self, serials: Iterable[int], *, now_ms: int, number: int) -> bytes:
        """Return the list (PEM) of certificates that are worthless; it holds as long as the authority does.

        A broker whose list has run out lets in nobody at all: that the list is old is ours to notice.
        """
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(_moment(now_ms - BACKDATED_MS))
            .next_update(_moment(self.expires_ms))
            .add_extension(x509.CRLNumber(number), critical=False)
            .add_extension(_issued_by(self.key), critical=False)
        )
        for serial in sorted(set(serials)):
            row = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(_moment(now_ms))
            builder = builder.add_revoked_certificate(row.build())
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def new_key() -> ec.EllipticCurvePrivateKey:
    """Return a new key on P-256."""
    return ec.generate_private_key(ec.SECP256R1())


def new_authority(*, now_ms: int, randomness: Randomness) -> Authority:
    """Return an authority nobody had before; it may certify holders of keys, and no other authority."""
    return _certified_by_itself(
        new_key(), _named(f"Carewire authority {randomness(4).hex()}"), now_ms, randomness
    )


def renewed(authority: Authority, *, now_ms: int, randomness: Randomness) -> Authority:
    """Return the same authority with a certificate that ends later: what it certified stays good."""
    return _certified_by_itself(authority.key, authority.certificate.subject, now_ms, randomness)


def checked_gateway(name: str) -> str:
    """Return `name` if a gateway may be called so.

    Raises
    ------
    EnvelopeError
        If it is no id of a gateway, or has rights of its own.
    """
    if topics.checked(name) in RESERVED:
        raise CertificateRequestError(f"no gateway may be called {name!r}: choose another id")
    return name


def _certified_by_itself(
    key: ec.EllipticCurvePrivateKey, name: x509.Name, now_ms: int, randomness: Randomness
) -> Authority:
    ends_ms = now_ms + AUTHORITY_DAYS * DAY_MS
    certificate = (
        _builder(name, key.public_key(), now_ms - BACKDATED_MS, ends_ms, randomness)
        .issuer_name(name)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate=certificate, key=key)


def _builder(
    name: x509.Name,
    public_key: ec.EllipticCurvePublicKey,
    from_ms: int,
    to_ms: int,
    randomness: Randomness,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .public_key(public_key)
        .serial_number(int.from_bytes(randomness(19)) | 1)
        .not_valid_before(_moment(from_ms))
        .not_valid_after(_moment(to_ms))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _key_usage(
    *, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _issued_by(key: ec.EllipticCurvePrivateKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())


def _named(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _host(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _moment(t_ms: int) -> datetime:
    return datetime.fromtimestamp(t_ms // 1000, UTC)


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
