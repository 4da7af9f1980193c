"""A `cloud.notifiers.ways.Way` that keeps what it is given, or fails as it is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cloud.notifiers.ways import part
from cloud.ports import Channel, Message
from vitals.errors import MessageRefusedError


@dataclass(slots=True)
class FakeWay:
    """Takes any address but that of nobody."""

    channel: Channel = Channel.EMAIL
    delivered: list[Message] = field(default_factory=list)
    error: Exception | None = None
    receipt: str | None = "250 queued"

    def deliver(self, message: Message) -> str | None:
        if self.error is not None:
            raise self.error
        self.delivered.append(message)
        return self.receipt

    def checked(self, given: Mapping[str, str]) -> dict[str, object]:
        name = {Channel.WEBHOOK: "url", Channel.WEB_PUSH: "endpoint"}.get(self.channel, "to")
        if part(given, name) == "nobody":
            raise MessageRefusedError("this is no address: give one")
        return {name: part(given, name)}

    def masked(self, address: Mapping[str, object]) -> str:
        return f"{next(iter(address.values()), '')}"[:1] + "…"
