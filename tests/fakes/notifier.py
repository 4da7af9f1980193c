"""A `cloud.ports.Notifier` that keeps what it is given, or fails as it is told."""

from dataclasses import dataclass, field

from cloud.ports import Alert, AlertState, Person


@dataclass(slots=True)
class FakeNotifier:
    name: str = "fake"
    delivered: list[tuple[Alert, Person]] = field(default_factory=list)
    error: Exception | None = None

    def deliver(self, alert: Alert, person: Person) -> None:
        if self.error is not None:
            raise self.error
        self.delivered.append((alert, person))

    @property
    def told(self) -> list[tuple[str, AlertState]]:
        """What was told, to whomever."""
        return [(alert.id, alert.state) for alert, _ in self.delivered]
