"""`carewire cloud health`: ask the service on this machine, as a container's health check does."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ssl import SSLContext

__all__ = ["health"]

Config = Annotated[
    Path | None, typer.Option("--config", help="TOML settings; CAREWIRE_CLOUD_* in the environment go first.")
]


def health(config: Config = None) -> None:
    """Ask the running service whether it is well; exit 1 if it is not or does not answer."""
    import httpx

    from cloud.config import load_settings

    http = load_settings(config).http
    scheme, verify = ("http", True) if http.cert_file is None else ("https", _pinned(http.cert_file))
    try:
        answer = httpx.get(
            f"{scheme}://127.0.0.1:{http.port}/healthz", timeout=3.0, trust_env=False, verify=verify
        )
    except httpx.TransportError as error:
        typer.echo(f"the service does not answer on port {http.port}: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo("well" if answer.is_success else "not well: see its log")
    if not answer.is_success:
        raise typer.Exit(1)


def _pinned(certificate: Path) -> "SSLContext":
    """Return a way to ask the service on this machine: it must show this very certificate, for any name."""
    import ssl

    from vitals.errors import ConfigurationError

    try:
        context = ssl.create_default_context(cafile=certificate)
    except OSError as error:
        raise ConfigurationError(
            f"http.cert_file: {certificate} cannot be read ({error}); run this as the service's user"
        ) from error
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context
