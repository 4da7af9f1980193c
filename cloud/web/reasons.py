"""What people find when they look after an alert, in words."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from cloud.alerts.acknowledge import AcknowledgeReason
from cloud.api.problems import ProblemError
from cloud.web.words import N_, Sentence

__all__ = ["REASONS", "reason_of", "reason_said"]

REASONS: Final[Mapping[AcknowledgeReason, str]] = MappingProxyType(
    {
        AcknowledgeReason.REAL: N_("Real: I am on it"),
        AcknowledgeReason.HANDLED: N_("Taken care of"),
        AcknowledgeReason.KNOWN: N_("Known and expected"),
        AcknowledgeReason.FALSE_ALARM: N_("Not real: movement, contact"),
    }
)


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


def reason_said(stored: str) -> Sentence:
    """Return a stored reason in words."""
    known = stored in {reason.value for reason in AcknowledgeReason}
    return Sentence(message=REASONS[AcknowledgeReason(stored)] if known else stored.replace("{", "{{"))
