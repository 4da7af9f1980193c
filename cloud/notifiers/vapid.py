"""The key by which push services know this service (RFC 8292), made once and kept beside its data."""

from base64 import urlsafe_b64encode
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02

from vitals.durable import put_new
from vitals.errors import ConfigurationError

__all__ = ["VapidKey"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VapidKey:
    """A key on the curve P-256. Browsers subscribe to its public half: lose it, and all must do so again."""

    private: ec.EllipticCurvePrivateKey

    @classmethod
    def kept_in(cls, path: Path) -> "VapidKey":
        """Return the key of a file, which only its owner may read; make both if there is none.

        Raises
        ------
        ConfigurationError
            If the file holds no such key, or may be read by others.
        """
        try:
            _make(path)
            if path.stat().st_mode & 0o077:
                raise ConfigurationError(f"{path} may be read by others: chmod 600 it")
            private = serialization.load_pem_private_key(path.read_bytes(), None)
        except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise ConfigurationError(
                f"the Web Push key {path} cannot be used ({type(error).__name__}): restore it from a backup; "
                "if there is none, move it away, and everybody subscribes anew"
            ) from error
        if not isinstance(private, ec.EllipticCurvePrivateKey) or not isinstance(private.curve, ec.SECP256R1):
            raise ConfigurationError(f"the Web Push key {path} is not one of P-256: restore it from a backup")
        return cls(private=private)

    @property
    def public(self) -> str:
        """The public half as a browser's `applicationServerKey`: base64url of the uncompressed point."""
        point = self.private.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return urlsafe_b64encode(point).rstrip(b"=").decode()

    def authorization(self, origin: str, subject: str, until_s: int) -> str:
        """Return the header that says to a push service who sends, and whom to ask about it."""
        claims = {"aud": origin, "sub": subject, "exp": until_s}
        header: str = Vapid02(self.private).sign(claims)["Authorization"]
        return header


def _make(path: Path) -> None:
    """Write a new key, whole or not at all, unless there is one: two processes may start at once."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with suppress(FileExistsError):
        put_new(path, pem)
