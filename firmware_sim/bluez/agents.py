"""`org.bluez.AgentManager1`: programs that answer for the user when two devices pair."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bumble.pairing import PairingDelegate
from dbus_fast import Variant

from firmware_sim.bluez.errors import already_exists, does_not_exist, invalid_arguments
from firmware_sim.bluez.object_tree import ObjectTree
from firmware_sim.bluez.objects import BusObject, Call, method

__all__ = ["AgentDelegate", "AgentManager"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """Where an agent is called, and what its user can see and press."""

    client: str
    path: str
    capability: PairingDelegate.IoCapability


class AgentManager(BusObject):
    """Keeps one agent a client; the default one, or else the first, speaks for all."""

    INTERFACE = "org.bluez.AgentManager1"

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._agents: dict[str, Agent] = {}

    @property
    def default(self) -> Agent | None:
        """The agent that is asked; the newest default goes first."""
        return next(iter(self._agents.values()), None)

    @method("RegisterAgent", takes="os")
    async def _register(self, call: Call) -> None:
        path, capability = call.arguments
        if call.sender in self._agents:
            raise already_exists()
        if capability not in _CAPABILITIES:
            raise invalid_arguments()
        self._agents[call.sender] = Agent(client=call.sender, path=path, capability=_CAPABILITIES[capability])

    @method("RequestDefaultAgent", takes="o")
    async def _request_default(self, call: Call) -> None:
        agent = self._own(call)
        self._agents = {call.sender: agent, **self._agents}

    @method("UnregisterAgent", takes="o")
    async def _unregister(self, call: Call) -> None:
        self._own(call)
        del self._agents[call.sender]

    def client_gone(self, client: str) -> None:
        """Forget the client's agent."""
        self._agents.pop(client, None)

    def _own(self, call: Call) -> Agent:
        agent = self._agents.get(call.sender)
        if agent is None or [agent.path] != call.arguments:
            raise does_not_exist()
        return agent


class AgentDelegate(PairingDelegate):
    """Asks the default agent what bumble asks of a user; without an agent every question is answered no."""

    def __init__(self, tree: ObjectTree, agent: Agent | None, device_path: str) -> None:
        super().__init__(PairingDelegate.NO_OUTPUT_NO_INPUT if agent is None else agent.capability)
        self._tree = tree
        self._agent = agent
        self._device = Variant("o", device_path)

    async def accept(self) -> bool:
        """Ask whether a device may pair that asks to."""
        return await self._ask("RequestAuthorization") is not None

    async def confirm(self, auto: bool = False) -> bool:  # noqa: FBT001, FBT002 - bumble's signature
        """Ask whether to pair with nothing to compare."""
        del auto
        return await self._ask("RequestAuthorization") is not None

    async def compare_numbers(self, number: int, digits: int) -> bool:
        """Ask whether both sides show the number."""
        del digits
        return await self._ask("RequestConfirmation", Variant("u", number)) is not None

    async def get_number(self) -> int | None:
        """Ask for the number the other side shows."""
        match await self._ask("RequestPasskey"):
            case [int(number)]:
                return number
        return None

    async def display_number(self, number: int, digits: int) -> None:
        """Show the number that is to be entered on the other side."""
        del digits
        await self._ask("DisplayPasskey", Variant("u", number), Variant("q", 0))

    async def _ask(self, member: str, *arguments: Variant) -> list[object] | None:
        if self._agent is None:
            return None
        return await self._tree.ask(
            self._agent.client, self._agent.path, "org.bluez.Agent1", member, self._device, *arguments
        )


_CAPABILITIES: Final[Mapping[str, PairingDelegate.IoCapability]] = MappingProxyType(
    {
        "": PairingDelegate.DISPLAY_OUTPUT_AND_KEYBOARD_INPUT,
        "DisplayOnly": PairingDelegate.DISPLAY_OUTPUT_ONLY,
        "DisplayYesNo": PairingDelegate.DISPLAY_OUTPUT_AND_YES_NO_INPUT,
        "KeyboardOnly": PairingDelegate.KEYBOARD_INPUT_ONLY,
        "NoInputNoOutput": PairingDelegate.NO_OUTPUT_NO_INPUT,
        "KeyboardDisplay": PairingDelegate.DISPLAY_OUTPUT_AND_KEYBOARD_INPUT,
    }
)
