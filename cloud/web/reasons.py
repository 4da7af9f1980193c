"""What people find when they look after an alert, in the words that others are told it in."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from cloud.alerts.acknowledge import AcknowledgeReason
from cloud.api.problems import ProblemError
from cloud.web.words import OfAlerts

__all__ = ["REASONS", "reason_of", "reason_said"]


def reason_said(stored: str) -> OfAlerts:
    """Return a stored reason in words; one that there are none for, as it was written."""
    return OfAlerts(told=lambda reader: reader.words.acknowledgements.get(stored, stored))


REASONS: Final[Mapping[AcknowledgeReason, OfAlerts]] = MappingProxyType(
    {
        reason: reason_said(reason.value)
        for reason in (
            AcknowledgeReason.REAL,
            AcknowledgeReason.HANDLED,
            AcknowledgeReason.KNOWN,
            AcknowledgeReason.FALSE_ALARM,
        )
    }
)
"""In the order in which a page offers them."""


def reason_of(form: Mapping[str, str]) -> AcknowledgeReason:
    """Return the reason a form gives.

    Raises
    ------
    ProblemError
        If none was chosen.
    """
    try:
        return AcknowledgeReason(form.get("reason", ""))
    except ValueError:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "choose one of the reasons", errors=("reason",)
        ) from None
