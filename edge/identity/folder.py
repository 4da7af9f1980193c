"""Where a gateway's identity lies: each file whole or not there, nothing for others to read.

Key and certificate are one file, so that no crash leaves one without the other.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from edge.identity.requests import new_key
from vitals.durable import put
from vitals.errors import ConfigurationError, StorageError
from vitals.wire.enrolment import Enrolled, EnrolmentCode

__all__ = ["IdentityFolder"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityFolder:
    """The folder `identity` in the gateway's own."""

    path: Path

    @property
    def identity_file(self) -> Path:
        """The key and, after it, its certificate."""
        return self.path / "gateway.pem"

    @property
    def authority_file(self) -> Path:
        """The authority that certified it, and the broker."""
        return self.path / "ca.crt"

    @property
    def token_file(self) -> Path:
        """The token it goes over HTTP with."""
        return self.path / "http-token"

    @property
    def settings_file(self) -> Path:
        """What the gateway's settings stand on: who it is, where broker and service are."""
        return self.path / "settings.toml"

    def next_key(self, purpose: str) -> ec.EllipticCurvePrivateKey:
        """Return the key made for a purpose, made now if there is none: asked again it is the same.

        Raises
        ------
        StorageError
            If it cannot be kept: then it must not be used.
        """
        file = self.path / f"next-{hashlib.sha256(purpose.encode()).hexdigest()[:16]}.key"
        try:
            kept = serialization.load_pem_private_key(file.read_bytes(), None)
        except (OSError, ValueError):  # none yet, or one torn by a power cut, which nobody certified
            kept = None
        if isinstance(kept, ec.EllipticCurvePrivateKey):
            return kept
        key = new_key()
        self._put(file, _pem(key))
        return key

    def keep(self, answer: Enrolled, key: ec.EllipticCurvePrivateKey) -> None:
        """Keep a certificate and its key in place of those before, and forget the keys that waited.

        Raises
        ------
        StorageError
            If the disk refuses: what was there is whole.
        """
        self._put(self.authority_file, answer.authority.encode())
        if answer.token is not None:
            self._put(self.token_file, answer.token.encode())
        self._put(self.identity_file, _pem(key) + answer.certificate.encode())
        for waiting in self.path.glob("next-*.key"):
            waiting.unlink(missing_ok=True)

    def keep_settings(self, answer: Enrolled, code: EnrolmentCode) -> None:
        """Write down what the gateway's settings stand on.

        Raises
        ------
        StorageError
            If the disk refuses.
        """
        by = {} if code.is_public or code.url.startswith("http:") else {"ca_file": str(self.authority_file)}
        tables: dict[str, dict[str, object]] = {
            "mqtt": {
                "host": answer.broker_host,
                "port": answer.broker_port,
                "ca_file": str(self.authority_file),
                "cert_file": str(self.identity_file),
                "key_file": str(self.identity_file),
            },
            "http": {"url": code.url, "token_file": str(self.token_file), **by},
        }
        if answer.release_keys:
            tables["trust"] = {"release_keys": list(answer.release_keys)}
        lines = [
            "# Written by `carewire edge enrol`. What the gateway's own settings say goes before it.",
            f"gateway_id = {json.dumps(answer.gateway)}",
        ]
        for name, table in tables.items():
            lines += ["", f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in table.items())]
        self._put(self.settings_file, ("\n".join(lines) + "\n").encode())

    def present(self) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None:
        """Return the certificate in use and its key; None where there is none.

        Raises
        ------
        ConfigurationError
            If the file is there and holds no such pair.
        """
        try:
            pem = self.identity_file.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ConfigurationError(f"{self.identity_file} cannot be read ({error}): let it be") from error
        try:
            key = serialization.load_pem_private_key(pem, None)
            certificate = x509.load_pem_x509_certificate(pem)
        except (ValueError, TypeError) as error:
            raise ConfigurationError(
                f"{self.identity_file} holds no key and certificate ({error}): enrol again"
            ) from error
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ConfigurationError(f"{self.identity_file} holds a key of another kind: enrol again")
        return certificate, key

    def authority(self) -> x509.Certificate:
        """Return the authority that certified this gateway.

        Raises
        ------
        ConfigurationError
            If its file cannot be used.
        """
        try:
            return x509.load_pem_x509_certificate(self.authority_file.read_bytes())
        except (OSError, ValueError) as error:
            raise ConfigurationError(
                f"{self.authority_file} cannot be used ({error}): enrol again"
            ) from error

    def _put(self, file: Path, content: bytes) -> None:
        """Write a file for its owner alone, durable and whole before it takes the other's place."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            put(file, content)
        except OSError as error:
            raise StorageError(
                f"{self.path} cannot be written ({error}): run this as the gateway's user, and see the disk"
            ) from error


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
