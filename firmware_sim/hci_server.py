"""The gateway's Bluetooth adapter, offered to another process as HCI over TCP or a unix socket.

One host at a time, the newest: a gateway killed without a goodbye is replaced by the one that comes after it.
bumble's own server transports keep a dead client's half-read packet, and can mistake the next one for it.
"""

import asyncio
from pathlib import Path
from typing import Final

import structlog
from bumble.core import InvalidPacketError
from bumble.transport.common import PacketParser

from firmware_sim.virtual_radio import RadioController
from vitals.errors import ConfigurationError

__all__ = ["HciServer"]

_log = structlog.get_logger()


class HciServer:
    """Serves one controller at `listen`: `tcp:HOST:PORT` (port 0 picks a free one) or `unix:PATH`."""

    def __init__(self, controller: RadioController, listen: str) -> None:
        self._controller = controller
        self._scheme, self._place = _parse(listen)
        self._server: asyncio.Server | None = None
        self._client: _HciClient | None = None

    async def start(self) -> str:
        """Listen, and return the bumble transport name that a host in another process opens."""
        loop = asyncio.get_running_loop()
        try:
            if self._scheme == "unix":
                self._server = await loop.create_unix_server(self._accept, self._place)
                return f"unix:{self._place}"
            host, _, port = self._place.rpartition(":")
            self._server = await loop.create_server(self._accept, host, int(port))
        except (OSError, ValueError) as error:
            raise ConfigurationError(
                f"the virtual adapter cannot listen at {self._place} ({error}): choose another place"
            ) from error
        return f"tcp-client:{host}:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        """Let go of the host and the place."""
        if self._server is not None:
            self._server.close()
        if self._client is not None:
            self._client.abort()
        if self._scheme == "unix":
            await asyncio.to_thread(Path(self._place).unlink, missing_ok=True)

    def _accept(self) -> "_HciClient":
        return _HciClient(self)

    def adopt(self, client: "_HciClient") -> None:
        """Give the adapter to a host that has just connected, taking it from the last one."""
        if self._client is not None:
            self._client.abort()
        self._controller.lose_host()
        self._client = client
        self._controller.host = client
        client.parser.set_packet_sink(self._controller)
        _log.info("sim.gateway_attached")

    def release(self, client: "_HciClient") -> None:
        """Take the adapter back from a host whose connection ended."""
        if client is self._client:
            self._client = None
            self._controller.lose_host()
            _log.info("sim.gateway_detached")


_SCHEMES: Final = ("tcp", "unix")
_BACKLOG_OCTETS: Final = 1 << 20
"""A host that has this much unread is taken for dead: its links end, as its real ones would time out."""


def _parse(listen: str) -> tuple[str, str]:
    scheme, _, place = listen.partition(":")
    if scheme not in _SCHEMES or not place:
        raise ConfigurationError(f"{listen!r} is no place to listen: give tcp:HOST:PORT or unix:PATH")
    return scheme, place


class _HciClient(asyncio.Protocol):
    """One connection: octets in to the controller, the controller's packets out."""

    def __init__(self, server: HciServer) -> None:
        self.parser = PacketParser()
        self._server = server
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Attach the new host."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - stream servers make nothing else
        self._transport = transport
        self._server.adopt(self)

    def data_received(self, data: bytes) -> None:
        """Pass commands and data on; a host that speaks anything but HCI is cut off."""
        try:
            self.parser.feed_data(data)
        except InvalidPacketError:
            _log.warning("sim.gateway_speaks_no_hci")
            self.abort()

    def connection_lost(self, _error: Exception | None) -> None:
        """Detach the host."""
        self._server.release(self)

    def on_packet(self, packet: bytes) -> None:
        """Send the controller's packet to the host."""
        if self._transport is None or self._transport.is_closing():
            return
        if self._transport.get_write_buffer_size() > _BACKLOG_OCTETS:
            _log.warning("sim.gateway_stalled")
            self.abort()
            return
        self._transport.write(packet)

    def abort(self) -> None:
        """Cut the connection at once; `connection_lost` follows."""
        self.parser.set_packet_sink(_Deaf())
        if self._transport is not None:
            self._transport.abort()


class _Deaf:
    """Takes what a host says after it was cut off."""

    def on_packet(self, packet: bytes) -> None:
        """Take the packet nowhere."""
