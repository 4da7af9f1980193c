"""What keeps the gateway's certificate good, where it has one."""

from collections.abc import Callable
from pathlib import Path

from cryptography import x509

from edge.adapters.enrolment import Renewals
from edge.adapters.identity_watch import IdentityWatch
from edge.adapters.tls import tls_context
from edge.config import EdgeSettings
from edge.health import GatewayHealth
from edge.identity.folder import IdentityFolder
from vitals.clock import Clock
from vitals.errors import ConfigurationError

__all__ = ["identity_watch"]


def identity_watch(
    settings: EdgeSettings, *, health: GatewayHealth, clock: Clock, is_synced: Callable[[], bool]
) -> IdentityWatch:
    """Wire it: a certificate from a code is renewed, of any other the end is told."""
    file, folder = settings.mqtt.cert_file, IdentityFolder(path=settings.identity_dir)
    is_from_a_code = file == folder.identity_file and settings.http.url is not None
    return IdentityWatch(
        present=lambda: None if file is None else _certificate(file),
        renew=(lambda: _renewals(settings, folder, clock).renew()) if is_from_a_code else None,
        health=health,
        clock=clock,
        is_synced=is_synced,
    )


def _renewals(settings: EdgeSettings, folder: IdentityFolder, clock: Clock) -> Renewals:
    """Join what renewing needs, read anew each time: token and authority may have changed."""
    return Renewals(
        url=settings.http.url or "",
        token=settings.http.secret(),
        ca=tls_context(settings.http.ca_file, None, None),
        folder=folder,
        clock=clock,
    )


def _certificate(file: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(file.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"mqtt.cert_file: {file} cannot be used: {error}") from error
