"""The way up: what delivery asks of a broker's or the service's client, and what it hears from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

RECEIVED: Final = 0x00
NO_SUBSCRIBER: Final = 0x10
"""MQTT 5: the broker took the message and threw it away, for nobody was subscribed."""
REFUSED: Final = 0x80
"""MQTT 5: reason codes from here up are refusals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkUp:
    """A connection stands and acknowledgements can arrive; larger payloads would be refused."""

    max_payload_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkDown:
    """The connection is gone; what it had not acknowledged is undecided."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A send of this connection was answered, by the broker (PUBACK) or the service.

    Nothing more is to be sent for `hold_s` real seconds, if a refusal asks for that.
    """

    ticket: int
    reason_code: int
    hold_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AckArrived:
    """The cloud's acknowledgement, still encoded."""

    payload: bytes
    content_type: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandArrived:
    """Something the cloud asks of this gateway, still encoded."""

    payload: bytes
    content_type: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LivenessArrived:
    """The cloud says whether its alerting lives, still encoded."""

    payload: bytes
    content_type: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadArrived:
    """A head of the ledger to witness, still encoded."""

    payload: bytes
    content_type: str | None


LinkEvent = LinkUp | LinkDown | Received | AckArrived | CommandArrived | LivenessArrived | HeadArrived


class Uplink(Protocol):
    """Keeps one connection to the broker, or to the service, alive for ever."""

    async def run(self, on_event: Callable[[LinkEvent], None]) -> None:
        """Connect, and connect again, until cancelled; `on_event` is called on this event loop.

        A `Received` is heard before the `LinkDown` of the connection that sent it, or never.
        """
        ...

    def send(self, payload: bytes, *, ticket: int) -> None:
        """Hand over one message, without waiting; the answer comes as `Received` with this ticket.

        Raises
        ------
        DeliveryError
            There is no connection.
        """
        ...

    def restart(self, reason: str) -> None:
        """Drop the connection, which seems dead, and make another."""
        ...

    @property
    def counters(self) -> Mapping[str, int]:
        """What happened since the start, by event name."""
        ...
