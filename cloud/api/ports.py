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
    """Tells whether gateways are connected to the broker."""

    def online(self, gateway: str) -> bool | None:
        """Return what the broker last said of a gateway; None if it never said."""
        ...
