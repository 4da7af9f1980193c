"""A connection to BlueZ over the system's message bus, and calls on it that have an end."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus
from dbus_fast.constants import BusType
from dbus_fast.errors import DBusFastError

from edge.adapters.deadline import within
from vitals.errors import DeviceError

__all__ = ["BLUEZ", "BluezBus", "RefusedError", "bluez_bus"]

BLUEZ: Final = "org.bluez"
_BUS: Final = "org.freedesktop.DBus"


class RefusedError(DeviceError):
    """BlueZ, or the bus in its place, answered with an error; `name` is the error's own."""

    def __init__(self, message: str, *, name: str) -> None:
        super().__init__(message)
        self.name = name


class BluezBus:
    """Calls over one connection; each takes `limit_s` at most."""

    def __init__(self, bus: MessageBus, *, limit_s: float) -> None:
        self._bus = bus
        self._limit_s = limit_s

    async def call(
        self, path: str, method: str, signature: str = "", body: Sequence[object] = (), *, of: str = BLUEZ
    ) -> list[Any]:
        """Call `INTERFACE.MEMBER` of the object at `path`; return what it answers.

        Raises
        ------
        RefusedError
            It answers with an error.
        DeviceError
            It does not answer.
        """
        interface, _, member = method.rpartition(".")
        message = Message(
            destination=of,
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=list(body),
        )
        try:
            reply = await within(self._limit_s, self._bus.call(message), what=f"BlueZ's {member}")
        except (OSError, EOFError, DBusFastError) as error:
            raise DeviceError(f"BlueZ does not answer {member} ({error!r}): is it stuck?") from error
        if reply.message_type is MessageType.ERROR:
            name = reply.error_name or ""
            raise RefusedError(f"BlueZ answers {member} of {path} with {name}: {reply.body}", name=name)
        return list(reply.body)

    async def listen(
        self, on_message: Callable[[Message], Message | None], *, on_lost: Callable[[], None]
    ) -> None:
        """Have calls answered, and be told when BlueZ comes or goes, and when the connection ends.

        `on_message` returns the reply to a call, or `None` to leave a message to others.
        """

        def on_ended(ended: "asyncio.Future[None]") -> None:
            if not ended.cancelled():
                ended.exception()  # what it is does not matter, and it is asked for so that nobody complains
            on_lost()

        self._bus.add_message_handler(on_message)
        ended = asyncio.ensure_future(self._bus.wait_for_disconnect())  # type: ignore[no-untyped-call]
        ended.add_done_callback(on_ended)
        rule = f"type='signal',sender='{_BUS}',member='NameOwnerChanged',arg0='{BLUEZ}'"
        await self.call("/org/freedesktop/DBus", f"{_BUS}.AddMatch", "s", [rule], of=_BUS)


@asynccontextmanager
async def bluez_bus(*, limit_s: float) -> AsyncIterator[BluezBus]:
    """Connect for as long as the context lasts.

    Raises
    ------
    DeviceError
        There is no message bus.
    """
    bus = MessageBus(bus_type=BusType.SYSTEM)
    try:
        await within(limit_s, bus.connect(), what="connecting to the message bus")
    except Exception as error:
        # Not only what sockets raise: a daemon that has no room for one more says so in its handshake.
        bus.disconnect()
        raise DeviceError(f"BlueZ cannot be asked, there is no message bus ({error!r})") from error
    try:
        yield BluezBus(bus, limit_s=limit_s)
    finally:
        bus.disconnect()
        with suppress(OSError, EOFError):  # how dbus-fast says that the connection has ended
            ended = bus.wait_for_disconnect()  # type: ignore[no-untyped-call]  # nor annotated
            await within(limit_s, ended, what="leaving the message bus")
