"""The daemon's part: objects on a bus, an adapter beneath them, and both for as long as they last."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final

import structlog
from bumble import core, hci
from bumble.device import Connection
from bumble.transport import open_transport
from bumble.transport.common import Transport
from dbus_fast.aio import MessageBus

from firmware_sim.bluez.adapter import Adapter
from firmware_sim.bluez.agents import AgentDelegate, AgentManager
from firmware_sim.bluez.device import device_path
from firmware_sim.bluez.host import BluetoothHost
from firmware_sim.bluez.object_tree import ObjectTree, Refusal
from firmware_sim.bluez.private_bus import private_bus

__all__ = ["BluezService", "run_bluez"]

_log = structlog.get_logger()

OpenTransport = Callable[[], Awaitable[Transport]]


class BluezService:
    """`org.bluez` on the bus at an address, over the adapter behind a transport.

    The adapter is there while the transport is: lost, as a USB adapter that is pulled out, it is opened
    again and again, and shown with the devices there are bonds with.
    """

    def __init__(self, address: str, transport: OpenTransport, *, keystore: Path | None = None) -> None:
        self._address = address
        self._open_transport = transport
        self._keystore = keystore
        self._tree: ObjectTree | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator["BluezService"]:
        """Serve for as long as the context lasts; entered once the adapter is there."""
        bus = await MessageBus(bus_address=self._address, negotiate_unix_fd=True).connect()
        tree = self._tree = ObjectTree(bus)
        agents = AgentManager("/org/bluez")
        tree.export(agents)
        ready = asyncio.Event()
        try:
            await tree.start("org.bluez")
            async with asyncio.TaskGroup() as group:
                serving = group.create_task(self._serve_adapters(tree, agents, ready))
                await ready.wait()
                yield self
                serving.cancel()
        finally:
            await tree.close()
            bus.disconnect()
            with suppress(EOFError):  # how dbus-fast says that the connection has ended
                await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]  # nor annotated

    def refuse(self, refusal: Refusal) -> None:
        """Let a method fail from now on."""
        assert self._tree is not None, "only while running"  # noqa: S101
        self._tree.refuse(refusal)

    async def _serve_adapters(self, tree: ObjectTree, agents: AgentManager, ready: asyncio.Event) -> None:
        while True:
            try:
                transport = await self._open_transport()
            except OSError as error:
                _log.warning("bluez.no_adapter", error=str(error))
            else:
                await self._serve_adapter(transport, tree, agents, ready)
            await asyncio.sleep(_RETRY_S)

    async def _serve_adapter(
        self, transport: Transport, tree: ObjectTree, agents: AgentManager, ready: asyncio.Event
    ) -> None:
        host = BluetoothHost(
            transport,
            keystore=self._keystore,
            delegate=lambda connection: _delegate(connection, tree, agents),
        )
        adapter = Adapter(_ADAPTER_PATH, tree=tree, host=host)
        try:
            await host.power_on()
            tree.export(adapter)
            adapter.know(await host.bonds())
            ready.set()
            _log.info("bluez.adapter_added")
            await host.lost()
        except (core.BaseBumbleError, hci.HCI_Error, TimeoutError) as error:
            _log.warning("bluez.adapter_failed", error=repr(error))
        finally:
            adapter.forget_all()
            tree.remove(adapter)
            await host.power_off()
            with suppress(OSError):
                await transport.close()
            _log.info("bluez.adapter_removed")


async def run_bluez(radio: str, *, keystore: Path | None = None, on_ready: Callable[[str], None]) -> None:
    """Serve a bus of its own over the adapter at `radio`, a transport bumble knows, until SIGTERM or SIGINT.

    Calls `on_ready` with the bus's address, the gateway's DBUS_SYSTEM_BUS_ADDRESS.

    Raises
    ------
    ConfigurationError
        There is no dbus-daemon.
    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with private_bus() as address:
        service = BluezService(address, partial(open_transport, radio), keystore=keystore)
        async with service.running():
            _log.info("bluez.ready", radio=radio)
            on_ready(address)
            await stop.wait()


_ADAPTER_PATH: Final = "/org/bluez/hci0"
_RETRY_S: Final = 0.5


def _delegate(connection: Connection, tree: ObjectTree, agents: AgentManager) -> AgentDelegate:
    return AgentDelegate(tree, agents.default, device_path(_ADAPTER_PATH, connection.peer_address))
