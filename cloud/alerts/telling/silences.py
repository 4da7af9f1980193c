"""Silences: one condition, until a time, by somebody, below a floor that cannot be silenced.

A condition has one direction (fast and slow are two conditions), so silencing one never mutes the other.
"""

from collections.abc import Sequence
from typing import Final

from cloud.ports import Alert, Priority, Silence

__all__ = ["silencing"]

_LOUDNESS: Final = {Priority.LOW: 0, Priority.MEDIUM: 1, Priority.HIGH: 2}


def silencing(alert: Alert, silences: Sequence[Silence], now_ms: int) -> Silence | None:
    """Return the silence in force for an alert, if any."""
    return next(
        (
            one
            for one in silences
            if (one.patient_id, one.condition) == (alert.patient_id, alert.condition)
            and one.ended_ms is None
            and one.from_ms <= now_ms < one.until_ms
            and _LOUDNESS[alert.priority] < _LOUDNESS[one.floor]
        ),
        None,
    )
