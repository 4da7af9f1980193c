"""The days a report is about: whole days of the calendar where the patient lives, none of them to come."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from cloud.early_warning.local_time import LocalTime
from vitals.errors import ValidationError

__all__ = [
    "DAYS",
    "MINUTE_MS",
    "MOST_DAYS",
    "NoPeriodError",
    "Period",
    "PeriodFault",
    "between",
    "last_days",
]

MINUTE_MS: Final = 60_000
DAYS: Final = (7, 14, 30, 90)
"""What is offered; the consensus on CGM asks for 14 (Battelino 2019)."""
MOST_DAYS: Final = 92
_MOST_MS: Final = (MOST_DAYS + 1) * 86_400_000


class PeriodFault(StrEnum):
    """Why days are no period of a report."""

    TOO_LONG = f"a report is about at most {MOST_DAYS} days: choose fewer, or make several"
    EMPTY = "the first day must be before the last, and not in the future: choose again"


class NoPeriodError(ValidationError):
    """There is no report of such a period."""

    def __init__(self, fault: PeriodFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From <= t < to, in whole minutes."""

    from_ms: int
    to_ms: int

    @property
    def minutes(self) -> int:
        """How many minutes it has."""
        return (self.to_ms - self.from_ms) // MINUTE_MS

    def days(self, local: LocalTime) -> Iterator[date]:
        """Yield the days it touches."""
        day, last = local.at(self.from_ms).date(), local.at(self.to_ms - 1).date()
        while day <= last:
            yield day
            day += timedelta(days=1)


def last_days(days: int, now_ms: int, local: LocalTime) -> Period:
    """Return the last days up to now, today among them.

    Raises
    ------
    NoPeriodError
        If they are none, or more than a report holds.
    """
    if not 1 <= days <= MOST_DAYS:
        raise NoPeriodError(PeriodFault.EMPTY if days < 1 else PeriodFault.TOO_LONG)
    first = local.at(now_ms).date() - timedelta(days=days - 1)
    return between(local.ms(first, 0), now_ms)


def between(from_ms: int, to_ms: int) -> Period:
    """Return a period of whole minutes: a minute that has begun counts, at its beginning and its end.

    Raises
    ------
    NoPeriodError
        If it is empty, or longer than a report holds.
    """
    period = Period(from_ms=from_ms - from_ms % MINUTE_MS, to_ms=to_ms + -to_ms % MINUTE_MS)
    if period.minutes < 1:
        raise NoPeriodError(PeriodFault.EMPTY)
    if period.to_ms - period.from_ms > _MOST_MS:
        raise NoPeriodError(PeriodFault.TOO_LONG)
    return period
