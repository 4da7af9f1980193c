"""Consents, for the wearer, to bonds over the links that the gateway makes: `org.bluez.Agent1`.

A gateway in a hallway has no display and no keys: pairing is "just works" over LE Secure Connections. What
is asked about any other device, or where there is no such link, is refused: it is a stranger's phone, or
somebody with a wearable's address who comes to be paired.
"""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog
from dbus_fast import Message, MessageType

from edge.adapters.bluez.bus import BLUEZ, bluez_bus
from edge.config import device_id
from vitals.errors import DeviceError

__all__ = ["BluezPairingAgent"]

_log = structlog.get_logger()


class BluezPairingAgent:
    """Registered for as long as BlueZ runs, and again after it was restarted."""

    def __init__(self, may_pair: Callable[[str], bool], *, limit_s: float, retry_s: float = 5.0) -> None:
        """`may_pair` tells, by its id, whether a device is to be paired with just now."""
        self._may_pair = may_pair
        self._limit_s = limit_s
        self._retry_s = retry_s

    async def run(self) -> None:
        """Answer until cancelled, whatever becomes of BlueZ and of the message bus meanwhile."""
        while True:
            try:
                await self._serve()
            except DeviceError as error:
                _log.warning("ble.no_pairing_agent", error=str(error))
            await asyncio.sleep(self._retry_s)

    async def _serve(self) -> None:
        """Register, and answer until BlueZ starts anew or the bus goes away."""
        async with bluez_bus(limit_s=self._limit_s) as connection:
            over = asyncio.Event()
            await connection.listen(lambda message: self._on_message(message, over), on_lost=over.set)
            await connection.call(_MANAGER_PATH, f"{_MANAGER}.RegisterAgent", "os", [_PATH, _CAPABILITY])
            await connection.call(_MANAGER_PATH, f"{_MANAGER}.RequestDefaultAgent", "o", [_PATH])
            _log.info("ble.pairing_agent_registered")
            await over.wait()

    def _on_message(self, message: Message, over: asyncio.Event) -> Message | None:
        if message.message_type is MessageType.SIGNAL and message.member == "NameOwnerChanged":
            if message.body[0] == BLUEZ:
                over.set()
        elif message.message_type is MessageType.METHOD_CALL and message.interface == _AGENT:
            return self._answer(message)
        return None

    def _answer(self, message: Message) -> Message:
        """Consent where there is nothing to show or to type, to the gateway's own wearables."""
        member = message.member or ""
        if member in _NOTICES:
            return Message.new_method_return(message)
        device = _device_of(message)
        if member in _CONSENTS and self._may_pair(device):
            _log.info("ble.pairing_consented", device=device)
            return Message.new_method_return(message)
        _log.warning("ble.pairing_refused", device=device, asked=member)
        return Message.new_error(
            message, "org.bluez.Error.Rejected", "the gateway has no link to it to make a bond over"
        )


_PATH: Final = "/carewire/agent"
_CAPABILITY: Final = "NoInputNoOutput"
_AGENT: Final = "org.bluez.Agent1"
_MANAGER: Final = "org.bluez.AgentManager1"
_MANAGER_PATH: Final = "/org/bluez"
_NOTICES: Final = {"Release", "Cancel"}
_CONSENTS: Final = {"RequestAuthorization", "RequestConfirmation", "AuthorizeService"}


def _device_of(message: Message) -> str:
    """Return the id of the device that a question is about: its object is `.../dev_C0_00_00_00_00_01`."""
    path = str(message.body[0]) if message.body else ""
    return device_id(path.rpartition("/dev_")[2].replace("_", ":"))
