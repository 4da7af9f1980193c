"""What a wearable has yet to tell, oldest first; it stays here until somebody has confirmed it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from firmware_sim.record_store import Part, Record

__all__ = ["Outtray", "Undelivered"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """One part of a record."""

    record: Record
    part: Part


class Outtray:
    """Keeps so many parts; the oldest give way."""

    def __init__(self) -> None:
        self._waiting: list[Undelivered] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, record: Record) -> None:
        """Keep each part of a record."""
        self._waiting += (Undelivered(record=record, part=part) for part in record.parts)
        del self._waiting[:-_MOST_PARTS]

    def first(self, is_wanted: Callable[[str], bool]) -> Undelivered | None:
        """Return the oldest part whose characteristic is wanted, if there is one."""
        return next((waiting for waiting in self._waiting if is_wanted(waiting.part.uuid)), None)

    def remove(self, delivered: Undelivered) -> None:
        """Keep it no longer; it may have given way meanwhile."""
        self._waiting = [waiting for waiting in self._waiting if waiting is not delivered]


_MOST_PARTS: Final = 200
"""As many as the memory of a cuff for two people holds."""
