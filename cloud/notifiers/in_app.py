"""The channel of open pages: the alert goes to the stream of whoever may see the patient."""

from dataclasses import dataclass, field

from cloud.ports import Alert, LiveFeed, Person

__all__ = ["InAppNotifier"]


@dataclass(slots=True, kw_only=True)
class InAppNotifier:
    """Publishes an `alert` event with what a page needs to call for attention.

    A patient's stream reaches all who watch it at once, so one transition is published once,
    however many people it is addressed to.
    """

    live: LiveFeed
    name: str = "in-app"
    _published: tuple[str, str] | None = field(default=None, init=False)

    def deliver(self, alert: Alert, person: Person) -> None:  # noqa: ARG002 - the stream knows who may watch
        """Publish the transition, unless that was done for the person before."""
        self.call(alert)

    def call(self, alert: Alert) -> None:
        """Call for attention on the pages that are open."""
        transition = (alert.id, alert.state.value)
        if transition != self._published:
            self.live.publish(alert.patient_id, "alert", _event(alert))
            self._published = transition


def _event(alert: Alert) -> dict[str, object]:
    return {
        "id": alert.id,
        "state": alert.state.value,
        "condition": alert.condition,
        "family": alert.family.value,
        "priority": alert.priority.value,
        "title": alert.explanation.get("title"),
        "summary": alert.explanation.get("summary"),
        "also": alert.explanation.get("also", []),
        "began_ms": alert.began_ms,
        "delayed": alert.delayed,
        "calls": True,
    }
