"""An `org.bluez.Agent1` that says yes, or no, and keeps what it was asked."""

from contextlib import suppress

from dbus_fast import DBusError, Message, MessageType
from dbus_fast.aio import MessageBus

PATH = "/test/agent"


class FakePairingAgent:
    """Registered on a connection of its own, which ends with `close`."""

    def __init__(self, bus: MessageBus, *, consents: bool = True) -> None:
        self._bus = bus
        self._consents = consents
        self.asked: list[str] = []

    @classmethod
    async def register(
        cls, address: str, *, capability: str = "NoInputNoOutput", consents: bool = True
    ) -> "FakePairingAgent":
        bus = await MessageBus(bus_address=address).connect()
        agent = cls(bus, consents=consents)
        bus.add_message_handler(agent._on_message)
        await agent.call("RegisterAgent", "os", [PATH, capability])
        await agent.call("RequestDefaultAgent", "o", [PATH])
        return agent

    async def call(self, member: str, signature: str, body: list[object]) -> None:
        reply = await self._bus.call(
            Message(
                destination="org.bluez",
                path="/org/bluez",
                interface="org.bluez.AgentManager1",
                member=member,
                signature=signature,
                body=body,
            )
        )
        if reply.message_type is MessageType.ERROR:
            raise DBusError(reply.error_name, reply.body[0])

    async def close(self) -> None:
        self._bus.disconnect()
        with suppress(EOFError):
            await self._bus.wait_for_disconnect()

    def _on_message(self, message: Message) -> Message | None:
        if message.message_type is not MessageType.METHOD_CALL or message.interface != "org.bluez.Agent1":
            return None
        self.asked.append(message.member)
        if not self._consents:
            return Message.new_error(message, "org.bluez.Error.Rejected", "no")
        return Message.new_method_return(message)
