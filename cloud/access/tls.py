"""How TLS is spoken here, stated once: by the service's own HTTPS, and in deploy/mosquitto.conf alike.

Mozilla's "intermediate" profile, narrowed: TLS 1.2 and 1.3, forward secrecy and authenticated encryption
alone, nothing compressed, nothing renegotiated. docs/security.md has the verdict of sslyze on both.
"""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

import structlog
from cryptography import x509

from vitals.clock import Clock

__all__ = ["CURVE", "SUITES_1_2", "CertificateWatch", "server_context"]

_log = structlog.get_logger(__name__)

SUITES_1_2: Final = (
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
)
"""By OpenSSL's names. Those of TLS 1.3 are all good and left as they are."""
CURVE: Final = "X25519"
"""Python sets one or leaves all; every browser and OpenSSL of the last years speaks this one."""
_TOLD_BEFORE_MS: Final = 21 * 86_400_000

_Stamp = tuple[tuple[int, int], ...]


def server_context(cert_file: Path, key_file: Path) -> ssl.SSLContext:
    """Return what the service speaks TLS with; a certificate that is renewed in place is served from then on.

    Raises
    ------
    OSError
        If a file cannot be read, or is no certificate or its key (`ssl.SSLError`).
    ValueError
        If the key wants a password.
    """
    context = _context(cert_file, key_file)
    context.sni_callback = _Renewal(
        files=(cert_file, key_file), context=context, seen=_stamp((cert_file, key_file))
    )
    return context


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateWatch:
    """Says for the health of the service that its certificate ends soon, or has ended."""

    cert_file: Path | None
    clock: Clock

    def troubles(self) -> tuple[str, ...]:
        """Return what is not well, in words."""
        if self.cert_file is None:
            return ()
        try:
            found = x509.load_pem_x509_certificate(self.cert_file.read_bytes())
        except (OSError, ValueError):
            return (f"http: {self.cert_file} cannot be read any more: put the certificate back",)
        ends = found.not_valid_after_utc
        if ends.timestamp() * 1000 - self.clock.wall_ms() > _TOLD_BEFORE_MS:
            return ()
        return (f"http: the certificate ends on {ends:%Y-%m-%d}: renew it in place, {self.cert_file}",)


@dataclass(slots=True, kw_only=True)
class _Renewal:
    """Looks before each handshake whether the files are others, and serves what they hold now."""

    files: tuple[Path, Path]
    context: ssl.SSLContext
    seen: _Stamp

    def __call__(
        self, connection: ssl.SSLSocket | ssl.SSLObject, _name: str | None, _: ssl.SSLContext
    ) -> None:
        try:
            now = _stamp(self.files)
            if now != self.seen:
                self.context, self.seen = _context(*self.files), now
        except (OSError, ValueError) as error:  # half of the two is written: the next handshake looks again
            _log.warning("http.certificate_not_renewed", error=type(error).__name__)
        connection.context = self.context


def _context(cert_file: Path, key_file: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(":".join(SUITES_1_2))
    context.set_ecdh_curve(CURVE)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(cert_file, key_file, password=_no_password)
    return context


def _stamp(files: tuple[Path, ...]) -> _Stamp:
    return tuple((found.st_mtime_ns, found.st_ino) for found in (file.stat() for file in files))


def _no_password() -> NoReturn:
    raise ValueError("the key wants a password")
