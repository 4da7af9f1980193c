"""The HTTP server around the service: the port, the signals, and the order of the end."""

import errno
import signal
import socket
import ssl
from typing import Final

import uvicorn
from fastapi import FastAPI

from cloud.access.site import site
from cloud.application import application
from cloud.bootstrap.collector import settle_collector
from cloud.bootstrap.stores import open_stores
from cloud.bootstrap.wiring import wire
from cloud.config import CloudSettings, HttpSettings
from cloud.live import LiveHub
from cloud.ports import ServiceRole
from cloud.roles.chosen import EVERY_ROLE
from vitals.errors import ConfigurationError

__all__ = ["build", "run"]

_STREAMS_END_S: Final = 3


def build(settings: CloudSettings, roles: frozenset[ServiceRole] = EVERY_ROLE) -> FastAPI:
    """Open the stores and return the application; its parts run while its lifespan does.

    Raises
    ------
    ConfigurationError
        If a setting cannot be lived with.
    StorageError
        If a store cannot be opened.
    """
    place = site(settings.http.public_url)
    service = wire(settings, place, open_stores(settings), roles)
    return application(service.services, lifespan=service.lifespan, roles=roles)


def run(settings: CloudSettings, roles: frozenset[ServiceRole] = EVERY_ROLE) -> None:
    """Serve in these roles until told to stop by SIGINT or SIGTERM, then end in an orderly way.

    Raises
    ------
    ConfigurationError
        If the port cannot be had, or a setting cannot be lived with.
    """
    _check_certificate(settings.http)
    with _bound(settings.http.host, settings.http.port) as listening:
        app = build(settings, roles)
        settle_collector()
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_STREAMS_END_S,
            ssl_certfile=settings.http.cert_file,
            ssl_keyfile=settings.http.key_file,
        )
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _already_stopping)  # uvicorn raises it once more when it has stopped
        _Server(config, app.state.services.live).run(sockets=[listening])


class _Server(uvicorn.Server):
    """A server that ends its open streams before it waits for requests to finish."""

    def __init__(self, config: uvicorn.Config, live: LiveHub) -> None:
        super().__init__(config)
        self._live = live

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let every page know at once; they come back when the service does."""
        self._live.close()
        await super().shutdown(sockets)


def _check_certificate(http: HttpSettings) -> None:
    """Try the files that TLS is to be spoken with, so that what is wrong with them is told."""
    if http.cert_file is None or http.key_file is None:
        return
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(http.cert_file, http.key_file, password=_no_password)
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"http: cert_file or key_file cannot be used ({error}); name PEM files this service may read, "
            "the key without a password"
        ) from error


def _no_password() -> str:
    raise ValueError("the key wants a password")


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise ConfigurationError(
                f"port {port} on {host} is in use: stop what uses it, or choose another as http.port "
                "(and in http.public_url)"
            ) from error
        raise ConfigurationError(
            f"port {port} on {host} cannot be had ({error.strerror}): correct http.host or http.port"
        ) from error
    return listening


def _already_stopping(*_: object) -> None:
    """Swallow the signal that began an orderly end."""
