"""One telling of alerts to one person by one way: its key, its occasion, and the page it opens."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from types import MappingProxyType
from typing import Final

from cloud.alerts.telling.notices import without_contents, words_of_notice
from cloud.alerts.wording.language import DEFAULT_LANGUAGE
from cloud.alerts.wording.quantities import Reader
from cloud.alerts.wording.texts import texts_of
from cloud.ports import Alert, AlertState, ContactPoint, Message, Occasion, Person, Words

__all__ = ["OCCASION_OF", "Compose", "Messages", "as_one", "key_of", "plain_words"]

Compose = Callable[[Sequence[Alert], Person, ContactPoint | None, Occasion], Words]
"""Finds the words in which somebody is told by a way of alerts that go out as one, the most urgent first."""

OCCASION_OF: Final[Mapping[AlertState, Occasion]] = MappingProxyType(
    {
        AlertState.ACTIVE: Occasion.ONSET,
        AlertState.LATCHED: Occasion.ENDED,
        AlertState.ACKNOWLEDGED: Occasion.ACKNOWLEDGED,
        AlertState.RESOLVED: Occasion.ENDED,
    }
)
"""Why an alert in a state is told for the first time."""
_KEY_BYTES: Final = 16


def as_one(alerts: Sequence[Alert]) -> Alert:
    """Return the alert that speaks for all that are handed over together: the first, naming the others."""
    lead, *others = alerts
    if not others:
        return lead
    also = [other.explanation.get("title", other.condition) for other in others]
    return replace(lead, explanation=lead.explanation | {"also": also})


def key_of(
    alerts: Sequence[Alert], person_id: str, contact: ContactPoint | None, occasion: Occasion, step: int
) -> str:
    """Return what names this telling, the same however often it is made, and another for any other."""
    told = sorted(f"{alert.id} {alert.state}" for alert in alerts)
    way = "" if contact is None else contact.id
    parts = "\n".join((*told, person_id, way, occasion, str(step)))
    return blake2b(parts.encode(), digest_size=_KEY_BYTES).hexdigest()


def plain_words(alerts: Sequence[Alert], _: Person, __: ContactPoint | None, occasion: Occasion) -> Words:
    """Say what the first condition is called, and what was seen."""
    if occasion is Occasion.UNTOLD:
        return words_of_notice(alerts, Reader())
    texts = texts_of(alerts[0], Reader())
    return Words(subject=texts.title, line=texts.title, body=texts.summary, language=DEFAULT_LANGUAGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages:
    """Makes messages; `site_url` is where people reach the pages."""

    site_url: str = ""
    compose: Compose = plain_words

    def of(
        self,
        alerts: Sequence[Alert],
        person: Person,
        contact: ContactPoint | None = None,
        step: int = 0,
        occasion: Occasion | None = None,
    ) -> Message:
        """Return the message that tells somebody of alerts by a way; by none: on the pages.

        Without an occasion it is told what became of the alert. Of what can be told to nobody, the message
        says no more than that.
        """
        occasion = occasion or OCCASION_OF[alerts[0].state]
        is_notice = occasion is Occasion.UNTOLD
        alert = without_contents(alerts[0]) if is_notice else as_one(alerts)
        return Message(
            key=key_of(alerts, person.id, contact, occasion, step),
            alert=alert,
            person=person,
            contact=contact,
            occasion=occasion,
            step=step,
            words=self.compose(alerts, person, contact, occasion),
            url=self.site_url if is_notice else f"{self.site_url}/alerts/{alert.id}",
        )
