"""An alert's life as a table: inactive, pending, active, acknowledged or latched, resolved.

Inactive is the absence of an alert, hence `None`. Whatever the table has no row for cannot happen.
"""

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from cloud.alerts.errors import IllegalTransitionError
from cloud.ports import AlertState

__all__ = ["INACTIVE", "OPEN", "TRANSITIONS", "Life", "Trigger", "advance", "alert_id"]

Life = AlertState | None
INACTIVE: Final = None
OPEN: Final = frozenset({AlertState.ACTIVE, AlertState.ACKNOWLEDGED, AlertState.LATCHED})


class Trigger(StrEnum):
    """What moves an alert through its life."""

    BREACH = "breach"
    """The cause is seen."""
    HELD = "held"
    """The cause has lasted long enough."""
    RECOVER = "recover"
    """The cause is gone."""
    SUBSIDE = "subside"
    """The cause of a latched alert is gone: a person still has to see it."""
    ACKNOWLEDGE = "acknowledge"
    """A person takes it on, or has seen what was over already."""
    WITHDRAW = "withdraw"
    """It is no longer watched for: a person switched its row off."""


_ROWS: Final = (
    # while,                 when,                  then
    (INACTIVE, Trigger.BREACH, AlertState.PENDING),
    (AlertState.PENDING, Trigger.BREACH, AlertState.PENDING),
    (AlertState.PENDING, Trigger.HELD, AlertState.ACTIVE),
    (AlertState.PENDING, Trigger.RECOVER, INACTIVE),
    (AlertState.PENDING, Trigger.WITHDRAW, INACTIVE),
    (AlertState.ACTIVE, Trigger.BREACH, AlertState.ACTIVE),
    (AlertState.ACTIVE, Trigger.ACKNOWLEDGE, AlertState.ACKNOWLEDGED),
    (AlertState.ACTIVE, Trigger.RECOVER, AlertState.RESOLVED),
    (AlertState.ACTIVE, Trigger.SUBSIDE, AlertState.LATCHED),
    (AlertState.ACTIVE, Trigger.WITHDRAW, AlertState.RESOLVED),
    (AlertState.ACKNOWLEDGED, Trigger.BREACH, AlertState.ACKNOWLEDGED),
    (AlertState.ACKNOWLEDGED, Trigger.ACKNOWLEDGE, AlertState.ACKNOWLEDGED),
    (AlertState.ACKNOWLEDGED, Trigger.RECOVER, AlertState.RESOLVED),
    (AlertState.ACKNOWLEDGED, Trigger.SUBSIDE, AlertState.RESOLVED),
    (AlertState.ACKNOWLEDGED, Trigger.WITHDRAW, AlertState.RESOLVED),
    (AlertState.LATCHED, Trigger.SUBSIDE, AlertState.LATCHED),
    (AlertState.LATCHED, Trigger.ACKNOWLEDGE, AlertState.RESOLVED),
    (AlertState.LATCHED, Trigger.WITHDRAW, AlertState.RESOLVED),
    (AlertState.RESOLVED, Trigger.ACKNOWLEDGE, AlertState.RESOLVED),
)

TRANSITIONS: Final[Mapping[tuple[Life, Trigger], Life]] = MappingProxyType(
    {(life, trigger): then for life, trigger, then in _ROWS}
)


def advance(life: Life, trigger: Trigger) -> Life:
    """Return where `trigger` takes an alert.

    Raises
    ------
    IllegalTransitionError
        If the table has no such row.
    """
    try:
        return TRANSITIONS[life, trigger]
    except KeyError:
        raise IllegalTransitionError(
            f"an alert that is {life or 'inactive'} cannot {trigger}: read its state again first"
        ) from None


def alert_id(patient_id: str, condition: str, source: str, began_ms: int | None) -> str:
    """Return the id an episode has for ever: the same cause gives the same id after any restart.

    `source` is the device, gateway or event behind it; `began_ms` is None where the source
    alone names the episode.
    """
    began = "" if began_ms is None else str(began_ms)
    cause = f"{patient_id}\0{condition}\0{source}\0{began}"
    return hashlib.sha256(cause.encode()).hexdigest()[:32]
