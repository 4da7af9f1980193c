"""What alarm conditions, families and priorities are called on a page."""

from types import MappingProxyType
from typing import Final

from cloud.alerts.rules.catalogue import RULES
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


def condition_title(condition: str) -> Sentence:
    """Return a condition's name, as a title."""
    rule = RULES.get(condition)
    return Sentence(message=rule.display if rule else condition.replace("-", " ").capitalize())


def condition_name(condition: str) -> Sentence:
    """Return a condition's name, short, within a sentence; what it may mean is said beside the title."""
    title = condition_title(condition).message.partition(" (")[0]
    return Sentence(message=title[:1].lower() + title[1:])


def priority_word(alert: Alert) -> Sentence:
    """Return the words that go with the priority's colour and shape."""
    return Sentence(message=_PRIORITY_WORDS[alert.family, alert.priority])
