"""The application behind a real server on a real port, for streams and browsers."""

import asyncio
import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator

import uvicorn
from fastapi import FastAPI

from cloud.bootstrap.server import http_config


@contextlib.contextmanager
def serving(app: FastAPI, port: int, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serve as the service does, until the block ends; yields the address."""
    config = http_config(app, tls)
    config.port, config.timeout_graceful_shutdown = port, 2
    server = _Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    assert server.started
    try:
        yield f"{'http' if tls is None else 'https'}://127.0.0.1:{port}"
    finally:
        app.state.services.live.close()
        server.should_exit = True
        thread.join(10)
        assert not thread.is_alive()


class _Server(uvicorn.Server):
    """Leaves nothing open: what a browser still holds on to when the loop ends would be the collector's."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        transports: dict[int, asyncio.Transport] = asyncio.get_running_loop()._transports  # type: ignore[attr-defined]
        for transport in list(transports.values()):
            transport.abort()
        await asyncio.sleep(0)  # until they are closed


def free_port() -> int:
    """Return a port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
