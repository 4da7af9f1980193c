"""What alarm conditions and priorities are called on a page: as messages call them."""

import re
from typing import Final

from cloud.alerts.wording.texts import title_of
from cloud.ports import Alert
from cloud.web.words import OfAlerts

__all__ = ["condition_name", "condition_title", "priority_word"]

_ASIDE: Final = re.compile(r"\s*[(\N{FULLWIDTH LEFT PARENTHESIS}].*")


def condition_title(alert: Alert) -> OfAlerts:
    """Return what an alert's condition is called, as a title."""
    return OfAlerts(told=lambda reader: title_of(alert, reader))


def condition_name(alert: Alert) -> OfAlerts:
    """Return it short, within a sentence; what it may mean is said beside the title."""
    return OfAlerts(told=lambda reader: _within(title_of(alert, reader)))


def priority_word(alert: Alert) -> OfAlerts:
    """Return the words that go with the priority's colour and shape."""
    return OfAlerts(told=lambda reader: reader.words.priorities[alert.family][alert.priority])


def _within(title: str) -> str:
    return title[:1].lower() + _ASIDE.sub("", title[1:])
