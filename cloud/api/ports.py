"""What the API asks of the outside beyond `cloud.ports`."""

from typing import Protocol

from cloud.alerts.acknowledge import AcknowledgeReason
from cloud.ports import Alert, Person


class Acknowledger(Protocol):
    """Takes a person's word that they are looking after an alert."""

    def acknowledge(
        self, alert_id: str, person: Person, reason: AcknowledgeReason, now_ms: int
    ) -> Alert | None:
        """Acknowledge an alert and return it as it is now; None if there is no such alert."""
        ...


class Presence(Protocol):
    """Knows which gateways are there to be heard and asked."""

    def online(self, gateway: str) -> bool | None:
        """Tell whether a gateway is at the broker, or asks by HTTP; None if neither ever was so."""
        ...

    def asked(self, gateway: str) -> None:
        """Take note that a gateway asks by HTTP, from any thread."""
        ...
