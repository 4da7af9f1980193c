"""Silences: one condition, until a time, by somebody, below a floor that cannot be silenced.

A condition has one direction (fast and slow are two conditions), so silencing one never mutes the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cloud.ports import Alert, Priority

__all__ = ["Silence", "silencing"]

_LOUDNESS: Final = {Priority.LOW: 0, Priority.MEDIUM: 1, Priority.HIGH: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """One row: a patient's condition is not handed over from `from_ms` until `until_ms`.

    An alert of priority `floor` or above goes out all the same.
    """

    patient_id: str
    condition: str
    from_ms: int
    until_ms: int
    author_id: str
    floor: Priority = Priority.HIGH


def silencing(alert: Alert, silences: Sequence[Silence], now_ms: int) -> Silence | None:
    """Return the silence in force for an alert, if any."""
    return next(
        (
            one
            for one in silences
            if (one.patient_id, one.condition) == (alert.patient_id, alert.condition)
            and one.from_ms <= now_ms < one.until_ms
            and _LOUDNESS[alert.priority] < _LOUDNESS[one.floor]
        ),
        None,
    )
