"""A `cloud.ports.LiveFeed` that keeps what is published."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class FakeLiveFeed:
    published: list[tuple[str, str, object]] = field(default_factory=list)

    def publish(self, patient_id: str, event: str, data: object) -> None:
        self.published.append((patient_id, event, data))
