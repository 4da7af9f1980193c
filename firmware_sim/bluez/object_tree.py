"""The service's end of its D-Bus connection: finds whom a call is for, tells of objects that come and go."""

import asyncio
import os
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Final

import structlog
from dbus_fast import DBusError, Message, MessageType, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.constants import ErrorType, MessageFlag

from firmware_sim.bluez.errors import failed, unknown_object
from firmware_sim.bluez.objects import BusObject, Call, Reply

__all__ = ["ObjectTree", "Refusal"]

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A method that answers with an error until another is called: how a test has BlueZ get stuck."""

    method: str
    """`INTERFACE.MEMBER`"""
    error: DBusError
    until: str
    """Likewise; a property that is set is `INTERFACE.NAME`."""


class ObjectTree:
    """Objects by their paths, with ObjectManager and Properties answered for all of them."""

    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus
        self._objects: dict[str, BusObject] = {}
        self._refusals: list[Refusal] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, name: str) -> None:
        """Answer calls, and ask the bus for the well-known name."""
        self._bus.add_message_handler(self._on_message)
        await self._call_bus("AddMatch", "s", ["type='signal',member='NameOwnerChanged'"])
        await self._bus.request_name(name)

    async def close(self) -> None:
        """Answer no more."""
        self._bus.remove_message_handler(self._on_message)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def export(self, exported: BusObject) -> None:
        """Add an object and tell of it."""
        self._objects[exported.path] = exported
        exported.attach(self._emit)
        interfaces = {exported.INTERFACE: exported.properties()}
        self._emit("/", _OBJECT_MANAGER, "InterfacesAdded", "oa{sa{sv}}", [exported.path, interfaces])

    def remove(self, exported: BusObject) -> None:
        """Take an object away and tell of it."""
        if self._objects.pop(exported.path, None) is not None:
            exported.attach(None)
            self._emit(
                "/", _OBJECT_MANAGER, "InterfacesRemoved", "oas", [exported.path, [exported.INTERFACE]]
            )

    def refuse(self, refusal: Refusal) -> None:
        """Let a method fail from now on."""
        self._refusals.append(refusal)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Let something be done beside the calls, until the tree is closed at the latest."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._on_done)

    async def ask(
        self, destination: str, path: str, interface: str, member: str, *arguments: Variant
    ) -> list[Any] | None:
        """Call a client's object; return what it answers, or `None` where that is an error."""
        reply = await self._bus.call(
            Message(
                destination=destination,
                path=path,
                interface=interface,
                member=member,
                signature="".join(argument.signature for argument in arguments),
                body=[argument.value for argument in arguments],
            )
        )
        if reply is None or reply.message_type is not MessageType.METHOD_RETURN:
            return None
        return list(reply.body)

    def _on_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("bluez.task_failed", error=repr(error))

    async def _call_bus(self, member: str, signature: str, body: list[Any]) -> None:
        await self._bus.call(
            Message(
                destination="org.freedesktop.DBus",
                path="/org/freedesktop/DBus",
                interface="org.freedesktop.DBus",
                member=member,
                signature=signature,
                body=body,
            )
        )

    def _emit(self, path: str, interface: str, member: str, signature: str, values: list[Any]) -> None:
        if self._bus.connected:
            self._bus.send(Message.new_signal(path, interface, member, signature, values))

    def _on_message(self, message: Message) -> bool:
        """Take calls of our objects, and note whose connections end; leave the rest to dbus-fast."""
        if message.message_type is MessageType.SIGNAL and message.member == "NameOwnerChanged":
            name, _, owner = message.body
            if not owner:
                for exported in tuple(self._objects.values()):
                    exported.client_gone(name)
        if message.message_type is not MessageType.METHOD_CALL or message.interface == _PEER:
            return False
        self.spawn(self._reply_to(message))
        return True

    async def _reply_to(self, message: Message) -> None:
        try:
            reply = await self._answer(message)
        except DBusError as error:
            answer = Message.new_error(message, error.type, error.text)
        except Exception as error:  # noqa: BLE001 - the caller must hear of it, whatever it is
            _log.exception("bluez.call_failed", member=message.member)
            answer = Message.new_error(message, failed("").type, repr(error))
        else:
            answer = Message.new_method_return(message, reply.signature, reply.values, reply.unix_fds)
        if not message.flags & MessageFlag.NO_REPLY_EXPECTED and self._bus.connected:
            await self._bus.send(answer)
        for descriptor in answer.unix_fds:
            os.close(descriptor)

    async def _answer(self, message: Message) -> Reply:
        if message.interface == _OBJECT_MANAGER and message.member == "GetManagedObjects":
            return self._managed_objects()
        exported = self._objects.get(message.path or "")
        if exported is None:
            raise unknown_object(message.path or "")
        call = Call(sender=message.sender or "", arguments=message.body)
        if message.interface == _PROPERTIES:
            return await self._property_call(exported, message.member or "", call)
        if message.interface not in {exported.INTERFACE, None}:
            raise DBusError(ErrorType.UNKNOWN_INTERFACE, f"{message.path} has no {message.interface}")
        self._check_refusals(f"{exported.INTERFACE}.{message.member}")
        return await exported.call(message.member or "", message.signature, call)

    def _managed_objects(self) -> Reply:
        found = {path: {each.INTERFACE: each.properties()} for path, each in self._objects.items()}
        return Reply(signature="a{oa{sa{sv}}}", values=[found])

    async def _property_call(self, exported: BusObject, member: str, call: Call) -> Reply:
        match member, call.arguments:
            case "GetAll", [_]:
                return Reply(signature="a{sv}", values=[exported.properties()])
            case "Get", [_, name] if name in exported.properties():
                return Reply(signature="v", values=[exported.properties()[name]])
            case "Set", [_, name, value]:
                self._check_refusals(f"{exported.INTERFACE}.{name}")
                await exported.write(name, value.value)
                return Reply()
        raise DBusError(ErrorType.UNKNOWN_PROPERTY, f"{exported.path} answers no {member}{call.arguments}")

    def _check_refusals(self, called: str) -> None:
        self._refusals = [refusal for refusal in self._refusals if refusal.until != called]
        for refusal in self._refusals:
            if refusal.method == called:
                raise refusal.error


_OBJECT_MANAGER: Final = "org.freedesktop.DBus.ObjectManager"
_PROPERTIES: Final = "org.freedesktop.DBus.Properties"
_PEER: Final = "org.freedesktop.DBus.Peer"
