"""`org.bluez.GattService1`, `GattCharacteristic1` and `GattDescriptor1`: a connected device's attributes."""

import asyncio
import socket
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any, ClassVar, Final

from bumble.gatt import Characteristic as Served
from bumble.gatt_client import CharacteristicProxy, DescriptorProxy, ServiceProxy
from dbus_fast import DBusError, Variant

from firmware_sim.bluez.errors import bluez_errors, failed, in_progress, not_supported
from firmware_sim.bluez.objects import BusObject, Call, Reply, method
from firmware_sim.bluez.uuid_text import uuid_text

__all__ = ["Characteristic", "Descriptor", "Service"]

Spawn = Callable[[Coroutine[Any, Any, None]], None]


class Service(BusObject):
    """A primary service."""

    INTERFACE = "org.bluez.GattService1"
    PROPERTIES: ClassVar[Mapping[str, str]] = {"UUID": "s", "Device": "o", "Primary": "b"}

    def __init__(self, proxy: ServiceProxy, device_path: str) -> None:
        super().__init__(
            f"{device_path}/service{proxy.handle:04x}",
            UUID=uuid_text(proxy.uuid),
            Device=device_path,
            Primary=True,
        )


class Characteristic(BusObject):
    """A characteristic; each client subscribes for itself, and what is notified goes to all."""

    INTERFACE = "org.bluez.GattCharacteristic1"
    PROPERTIES: ClassVar[Mapping[str, str]] = {
        "UUID": "s",
        "Service": "o",
        "Value": "ay",
        "Notifying": "b",
        "Flags": "as",
        "NotifyAcquired": "b",
        "WriteAcquired": "b",
        "MTU": "q",
    }

    def __init__(
        self, proxy: CharacteristicProxy[bytes], service: Service, *, mtu: int, spawn: Spawn
    ) -> None:
        super().__init__(
            f"{service.path}/char{proxy.handle:04x}",
            UUID=uuid_text(proxy.uuid),
            Service=service.path,
            Value=b"",
            Flags=[name for bit, name in _FLAGS if proxy.properties & bit],
            MTU=mtu,
        )
        self._proxy = proxy
        self._mtu = mtu
        self._spawn = spawn
        self._clients: set[str] = set()
        self._socket: socket.socket | None = None
        self._writers: set[socket.socket] = set()
        if self._notifies:
            self.set(Notifying=False, NotifyAcquired=False)
        if proxy.properties & Served.Properties.WRITE_WITHOUT_RESPONSE:
            self.set(WriteAcquired=False)

    @method("ReadValue", takes="a{sv}")
    async def _read(self, _: Call) -> Reply:
        with bluez_errors():
            value = bytes(await self._proxy.read_value())
        self.tell(Value=value)  # BlueZ too tells a value that was read as it tells a notified one
        return Reply(signature="ay", values=[value])

    @method("WriteValue", takes="aya{sv}")
    async def _write(self, call: Call) -> None:
        value, options = call.arguments
        kind = options.get("type", Variant("s", "request")).value
        with bluez_errors():
            await self._proxy.write_value(bytes(value), with_response=kind != "command")

    @method("StartNotify")
    async def _start_notify(self, call: Call) -> None:
        if not self._notifies:
            raise not_supported()
        if call.sender in self._clients or self._socket is not None:
            raise in_progress()
        await self._subscribe()
        self._clients.add(call.sender)
        self.set(Notifying=True)

    @method("StopNotify")
    async def _stop_notify(self, call: Call) -> None:
        if call.sender not in self._clients:
            raise failed("No notify session started")
        self._clients.discard(call.sender)
        with bluez_errors():
            await self._unsubscribe_if_idle()

    @method("AcquireNotify", takes="a{sv}")
    async def _acquire_notify(self, _: Call) -> Reply:
        """Give the caller a socket, one value a packet, in place of signals on the bus."""
        if not self._notifies:
            raise not_supported()
        if self._clients or self._socket is not None:
            raise in_progress()
        await self._subscribe()
        self._socket, theirs = _packet_sockets()
        loop = asyncio.get_running_loop()
        loop.add_reader(self._socket, self._on_socket_closed)
        self.set(NotifyAcquired=True)
        return Reply(signature="hq", values=[0, self._mtu], unix_fds=[theirs.detach()])

    @method("AcquireWrite", takes="a{sv}")
    async def _acquire_write(self, _: Call) -> Reply:
        """Give the caller a socket whose packets are written without response."""
        if not self._proxy.properties & Served.Properties.WRITE_WITHOUT_RESPONSE:
            raise not_supported()
        ours, theirs = _packet_sockets()
        self._writers.add(ours)
        asyncio.get_running_loop().add_reader(ours, self._on_written, ours)
        self.set(WriteAcquired=True)
        return Reply(signature="hq", values=[0, self._mtu], unix_fds=[theirs.detach()])

    def client_gone(self, client: str) -> None:
        """End the client's subscription."""
        if client in self._clients:
            self._clients.discard(client)
            self._spawn(self._unsubscribe_quietly())

    def close(self) -> None:
        """Let go of the sockets: the link is lost, nothing is notified any more."""
        for held in (*self._writers, *([self._socket] if self._socket is not None else [])):
            asyncio.get_running_loop().remove_reader(held)
            held.close()
        self._writers.clear()
        self._socket = None

    @property
    def _notifies(self) -> bool:
        return bool(self._proxy.properties & _NOTIFYING)

    async def _subscribe(self) -> None:
        if not self._clients and self._socket is None:
            with bluez_errors():
                await self._proxy.subscribe(self._on_value)

    async def _unsubscribe_if_idle(self) -> None:
        if not self._clients and self._socket is None:
            self.set(Notifying=False, NotifyAcquired=False)
            await self._proxy.unsubscribe(self._on_value)

    async def _unsubscribe_quietly(self) -> None:
        with suppress(DBusError), bluez_errors():
            await self._unsubscribe_if_idle()

    def _on_value(self, value: bytes) -> None:
        if self._socket is None:
            self.tell(Value=bytes(value))
            return
        with suppress(OSError):  # a reader that is slow loses values, as with BlueZ, or is gone
            self._socket.send(value)

    def _on_socket_closed(self) -> None:
        """Unsubscribe: the client sends nothing, so its socket is readable only once it is closed."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None
            self._spawn(self._unsubscribe_quietly())

    def _on_written(self, ours: socket.socket) -> None:
        value = ours.recv(self._mtu)
        if value:
            self._spawn(self._write_quietly(value))
            return
        asyncio.get_running_loop().remove_reader(ours)
        self._writers.discard(ours)
        ours.close()
        self.set(WriteAcquired=bool(self._writers))

    async def _write_quietly(self, value: bytes) -> None:
        with suppress(DBusError), bluez_errors():
            await self._proxy.write_value(value, with_response=False)


class Descriptor(BusObject):
    """A descriptor."""

    INTERFACE = "org.bluez.GattDescriptor1"
    PROPERTIES: ClassVar[Mapping[str, str]] = {"UUID": "s", "Characteristic": "o", "Value": "ay"}

    def __init__(self, proxy: DescriptorProxy, characteristic: Characteristic) -> None:
        super().__init__(
            f"{characteristic.path}/desc{proxy.handle:04x}",
            UUID=uuid_text(proxy.type),
            Characteristic=characteristic.path,
            Value=b"",
        )
        self._proxy = proxy

    @method("ReadValue", takes="a{sv}")
    async def _read(self, _: Call) -> Reply:
        with bluez_errors():
            return Reply(signature="ay", values=[bytes(await self._proxy.read_value())])

    @method("WriteValue", takes="aya{sv}")
    async def _write(self, call: Call) -> None:
        with bluez_errors():
            await self._proxy.write_value(bytes(call.arguments[0]), with_response=True)


def _packet_sockets() -> tuple[socket.socket, socket.socket]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK)
    return ours, theirs


_NOTIFYING: Final = Served.Properties.NOTIFY | Served.Properties.INDICATE

_FLAGS: Final = (
    (Served.Properties.BROADCAST, "broadcast"),
    (Served.Properties.READ, "read"),
    (Served.Properties.WRITE_WITHOUT_RESPONSE, "write-without-response"),
    (Served.Properties.WRITE, "write"),
    (Served.Properties.NOTIFY, "notify"),
    (Served.Properties.INDICATE, "indicate"),
    (Served.Properties.AUTHENTICATED_SIGNED_WRITES, "authenticated-signed-writes"),
    (Served.Properties.EXTENDED_PROPERTIES, "extended-properties"),
)
