"""A `cloud.ports.Notifier` that keeps what it is given, or fails as it is told."""

from dataclasses import dataclass, field

from cloud.ports import AlertState, Channel, Message


@dataclass(slots=True)
class FakeNotifier:
    channel: Channel = Channel.IN_APP
    delivered: list[Message] = field(default_factory=list)
    error: Exception | None = None
    receipt: str | None = None

    def deliver(self, message: Message) -> str | None:
        if self.error is not None:
            raise self.error
        self.delivered.append(message)
        return self.receipt

    @property
    def told(self) -> list[tuple[str, AlertState]]:
        """What was told, to whomever."""
        return [(message.alert.id, message.alert.state) for message in self.delivered]
