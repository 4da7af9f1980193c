"""A private authority, as the service's own is one, that can also do what nobody should."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = timedelta(days=1)


@dataclass(slots=True)
class Authority:
    """Writes NAME.crt and NAME.key into its folder, `ca.crt` and `revoked.crl` beside them."""

    folder: Path
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    name: x509.Name = field(default_factory=lambda: _name("A private authority"))
    _revoked: list[x509.RevokedCertificate] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        builder = self._builder(self.name, self.key.public_key(), timedelta(days=3))
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self._write("ca.crt", builder.sign(self.key, hashes.SHA256()))
        self._write_revoked()

    def issue(self, name: str, lasts: timedelta = _DAY) -> dict[str, Path]:
        """Issue a certificate that ends `lasts` from now; return the files its owner is given."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(_name(name), key.public_key(), lasts).add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        self._write(f"{name}.crt", builder.sign(self.key, hashes.SHA256()))
        (self.folder / f"{name}.key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return self.files(name)

    def files(self, name: str) -> dict[str, Path]:
        """Return the files the owner of a certificate is given."""
        return {
            "ca_file": self.folder / "ca.crt",
            "cert_file": self.folder / f"{name}.crt",
            "key_file": self.folder / f"{name}.key",
        }

    def revoke(self, name: str) -> None:
        """Put a certificate on the list of those that are worthless."""
        certificate = x509.load_pem_x509_certificate((self.folder / f"{name}.crt").read_bytes())
        self._revoked.append(
            x509.RevokedCertificateBuilder()
            .serial_number(certificate.serial_number)
            .revocation_date(datetime.now(UTC))
            .build()
        )
        self._write_revoked()

    def _builder(
        self, subject: x509.Name, public_key: ec.EllipticCurvePublicKey, lasts: timedelta
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 2 * _DAY)
            .not_valid_after(now + lasts)
        )

    def _write_revoked(self) -> None:
        now = datetime.now(UTC)
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.name)
        builder = builder.last_update(now - _DAY).next_update(now + _DAY)
        for each in self._revoked:
            builder = builder.add_revoked_certificate(each)
        self._write("revoked.crl", builder.sign(self.key, hashes.SHA256()))

    def _write(self, file: str, what: x509.Certificate | x509.CertificateRevocationList) -> None:
        (self.folder / file).write_bytes(what.public_bytes(serialization.Encoding.PEM))


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
