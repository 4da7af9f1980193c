"""Sends commands to gateways until they are answered or expired; never after.

A gateway does a command once however often it comes, so sending again is harmless. It is sent once
for the broker to hold, and again and again only while its gateway is there to hear it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from typing import Final, Protocol

import structlog

from cloud.commands.issue import wire_form
from cloud.ports import CommandBook, IssuedCommand
from cloud.stepping import Stepping
from vitals.clock import Clock
from vitals.wire.command import encode_command

__all__ = ["AGAIN_S", "CommandChannel", "CommandSender"]

_log = structlog.get_logger(__name__)

AGAIN_S: Final = 30.0
"""How long, in real seconds, a gateway that is there may take to answer before it is asked again."""
_MOST_OF_EACH: Final = 60
"""Of one gateway's; it holds no more than 64 while it does one."""
_IDLE_S: Final = 1.0
_TROUBLED_S: Final = 5.0


class CommandChannel(Protocol):
    """Carries a command to a gateway."""

    def send(self, gateway: str, payload: bytes, expires_in_s: float) -> bool:
        """Hand it to the broker, which forgets it after so many real seconds; False: not now."""
        ...


@dataclass(slots=True, kw_only=True)
class CommandSender:
    """`step` sends what is due, `run` goes on until told. `real_s` turns the clock's seconds into real."""

    book: CommandBook
    channel: CommandChannel
    online: Callable[[str], bool | None]
    clock: Clock
    monotonic_s: Callable[[], float]
    real_s: Callable[[float], float] = lambda seconds: seconds
    again_s: float = AGAIN_S
    _sent_s: dict[str, float] = field(default_factory=dict)
    _stepping: Stepping = field(
        default_factory=lambda: Stepping(name="commands", every_s=_IDLE_S, troubled_s=_TROUBLED_S)
    )

    def run(self, stop: Event) -> None:
        """Step until `stop` is set; a store in trouble is tried again."""
        self._stepping.run(self.step, stop)

    def wake(self) -> None:
        """Tell the sender, from any thread, that there is something to send."""
        self._stepping.wake()

    def troubles(self) -> tuple[str, ...]:
        """Return what is not well, in words."""
        return self._stepping.troubles("commands: none can be sent")

    def step(self) -> int:
        """Send what is due; return how much was."""
        now_ms, now_s = self.clock.wall_ms(), self.monotonic_s()
        waiting = self.book.unanswered(now_ms, _MOST_OF_EACH)
        self._sent_s = {one.id: self._sent_s[one.id] for one in waiting if one.id in self._sent_s}
        due = [one for one in waiting if self._is_due(one, now_s)]
        return sum(self._send(one, now_ms, now_s) for one in due)

    def _is_due(self, one: IssuedCommand, now_s: float) -> bool:
        sent_s = self._sent_s.get(one.id)
        if sent_s is None:
            return True
        return now_s - sent_s >= self.again_s and bool(self.online(one.gateway))

    def _send(self, one: IssuedCommand, now_ms: int, now_s: float) -> bool:
        expires_in_s = self.real_s((one.expires_ms - now_ms) / 1000)
        if not self.channel.send(one.gateway, encode_command(wire_form(one)), expires_in_s):
            return False
        self._sent_s[one.id] = now_s
        _log.info("command.sent", command=one.id, gateway=one.gateway, name=one.name)
        return True
