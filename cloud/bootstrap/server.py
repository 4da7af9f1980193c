"""The HTTP server around the service: the port, the signals, and the order of the end."""

import errno
import signal
import socket
import ssl
from typing import Final

import uvicorn
from fastapi import FastAPI

from cloud.access.site import site
from cloud.access.tls import server_context
from cloud.application import application
from cloud.bootstrap.collector import settle_collector
from cloud.bootstrap.connections import MOST_HEADER_BYTES, BoundedProtocol
from cloud.bootstrap.first_administrator import announce
from cloud.bootstrap.stores import open_stores
from cloud.bootstrap.wiring import wire
from cloud.config import CloudSettings, HttpSettings
from cloud.live import LiveHub
from cloud.ports import ServiceRole
from cloud.roles.chosen import EVERY_ROLE
from vitals.errors import ConfigurationError

__all__ = ["build", "http_config", "run"]

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
    tls = _tls(settings.http)
    with _bound(settings.http.host, settings.http.port) as listening:
        app = build(settings, roles)
        announce(app.state.services, roles)
        settle_collector()
        config = http_config(app, tls)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _already_stopping)  # uvicorn raises it once more when it has stopped
        _Server(config, app.state.services.live).run(sockets=[listening])


def http_config(app: FastAPI, tls: ssl.SSLContext | None) -> uvicorn.Config:
    """Return how HTTP is spoken: with bounds, no upgrades, and no word about what serves it."""
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # cloud.access.addresses tells who calls, by proxies of ours
        timeout_graceful_shutdown=_STREAMS_END_S,
        ssl_context_factory=None if tls is None else lambda *_: tls,
        http=BoundedProtocol,
        ws="none",
        h11_max_incomplete_event_size=MOST_HEADER_BYTES,
    )


class _Server(uvicorn.Server):
    """A server that ends its open streams before it waits for requests to finish."""

    def __init__(self, config: uvicorn.Config, live: LiveHub) -> None:
        super().__init__(config)
        self._live = live

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let every page know at once; they come back when the service does."""
        self._live.close()
        await super().shutdown(sockets)


def _tls(http: HttpSettings) -> ssl.SSLContext | None:
    """Return what TLS is to be spoken with; what is wrong with its files is told."""
    if http.cert_file is None or http.key_file is None:
        return None
    try:
        return server_context(http.cert_file, http.key_file)
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"http: cert_file or key_file cannot be used ({error}); name PEM files this service may read, "
            "the key without a password"
        ) from error


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
