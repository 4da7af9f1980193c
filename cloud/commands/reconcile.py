"""An alert that a person takes on is quiet at the gateway, too: known on both sides by the event's id."""

from dataclasses import dataclass
from typing import Final

import structlog

from cloud.alerts.acknowledge import AcknowledgeReason
from cloud.alerts.judging.state import Episode
from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.rules.rows import EventRule
from cloud.commands.issue import CommandIssuer, derived_id
from cloud.ports import GatewayReader, Person
from vitals.errors import StorageError

__all__ = ["GatewayReconciliation"]

_log = structlog.get_logger(__name__)

_EXPIRES_IN_S: Final = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayReconciliation:
    """Tells the gateways that heard an episode's devices; what no gateway raised concerns none."""

    issuer: CommandIssuer
    gateways: GatewayReader

    def on_acknowledged(self, episode: Episode, person: Person, reason: AcknowledgeReason) -> None:
        """Send `alert-acknowledged`. The alert is acknowledged whatever becomes of it: never raises."""
        if not isinstance(RULES.get(episode.rule), EventRule):
            return
        try:
            for heard in self.gateways.heard_devices():
                if heard.device in episode.devices:
                    self._tell(heard.gateway, episode.source, person, was_right=reason.was_right)
        except StorageError as error:
            _log.error("command.not_issued", name="alert-acknowledged", error=str(error))

    def _tell(self, gateway: str, event_id: str, person: Person, *, was_right: bool) -> None:
        name = "alert-acknowledged"
        self.issuer.issue(
            gateway,
            name,
            {"event_id": event_id, "was_right": was_right},
            by=person.id,
            expires_in_s=_EXPIRES_IN_S,
            command_id=derived_id(name, gateway, event_id),
        )
