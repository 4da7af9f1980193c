"""What alarm conditions, families and priorities are called on a page."""

from types import MappingProxyType
from typing import Final

from cloud.alerts.wording.quantities import Reader
from cloud.alerts.wording.texts import title_of
from cloud.ports import Alert, Family, Priority
from cloud.web.words import N_, Sentence

__all__ = ["condition_name", "condition_title", "priority_word"]

_PRIORITY_WORDS: Final = MappingProxyType(
    {
        (Family.PHYSIOLOGICAL, Priority.HIGH): N_("High priority"),
        (Family.PHYSIOLOGICAL, Priority.MEDIUM): N_("Medium priority"),
        (Family.PHYSIOLOGICAL, Priority.LOW): N_("Low priority"),
        (Family.TECHNICAL, Priority.HIGH): N_("Equipment, high priority"),
        (Family.TECHNICAL, Priority.MEDIUM): N_("Equipment, medium priority"),
        (Family.TECHNICAL, Priority.LOW): N_("Equipment, low priority"),
    }
)


def condition_title(alert: Alert) -> Sentence:
    """Return what an alert's condition is called, as a title."""
    return Sentence(message=_literal(title_of(alert, Reader())))


def condition_name(alert: Alert) -> Sentence:
    """Return it short, within a sentence; what it may mean is said beside the title."""
    title = title_of(alert, Reader()).partition(" (")[0]
    return Sentence(message=_literal(title[:1].lower() + title[1:]))


def _literal(text: str) -> str:
    """Return a message in which nothing is filled in: a condition may be called as somebody chose."""
    return text.replace("{", "{{").replace("}", "}}")


def priority_word(alert: Alert) -> Sentence:
    """Return the words that go with the priority's colour and shape."""
    return Sentence(message=_PRIORITY_WORDS[alert.family, alert.priority])
