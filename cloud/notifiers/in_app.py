"""The channel of open pages: the alert goes to the stream of whoever may see the patient."""

from dataclasses import dataclass, field

from cloud.alerts.wording.quantities import Reader
from cloud.alerts.wording.texts import texts_of
from cloud.ports import Alert, Channel, LiveFeed, Message

__all__ = ["InAppNotifier"]


@dataclass(slots=True, kw_only=True)
class InAppNotifier:
    """Publishes an `alert` event with what a page needs to call for attention.

    A patient's stream reaches all who watch it at once, so one telling is published once, however
    many people it is addressed to.
    """

    live: LiveFeed
    channel: Channel = Channel.IN_APP
    _published: tuple[str, ...] | None = field(default=None, init=False)

    def deliver(self, message: Message) -> None:
        """Publish it, unless that was done for the person before."""
        self.call(message.alert, occasion=message.occasion, step=message.step)

    def call(self, alert: Alert, occasion: str | None = None, step: int = 0) -> None:
        """Call for attention on the pages that are open."""
        telling = (alert.id, alert.state, occasion or "", str(step))
        if telling != self._published:
            self.live.publish(alert.patient_id, "alert", _event(alert))
            self._published = telling


def _event(alert: Alert) -> dict[str, object]:
    texts = texts_of(alert, Reader())
    return {
        "id": alert.id,
        "state": alert.state.value,
        "condition": alert.condition,
        "family": alert.family.value,
        "priority": alert.priority.value,
        "title": texts.title,
        "summary": texts.summary,
        "also": alert.explanation.get("also", []),
        "began_ms": alert.began_ms,
        "delayed": alert.delayed,
        "calls": True,
    }
