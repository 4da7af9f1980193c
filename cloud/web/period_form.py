"""The days that a form asks for: the last so many, or from one day to another, both included."""

from datetime import date, timedelta
from typing import Final

from pydantic import BaseModel, Field

from cloud.early_warning.local_time import LocalTime
from cloud.reports.period import MOST_DAYS, NoPeriodError, Period, PeriodFault, between, last_days
from cloud.web.words import N_, NN_, Sentence

__all__ = ["DEFAULT_DAYS", "DaysQuery", "chosen", "fault_said"]

DEFAULT_DAYS: Final = 14
"""As the consensus on CGM asks for."""
_LONGEST_NUMBER: Final = 6


class DaysQuery(BaseModel):
    """The fields of the form as they come: text that may be no number and no day."""

    days: str = Field(default=str(DEFAULT_DAYS), max_length=10)
    """How many up to now, where no day is named."""
    first: str = Field(default="", max_length=10)
    last: str = Field(default="", max_length=10)


def chosen(asked: DaysQuery, now_ms: int, local: LocalTime) -> Period:
    """Return the period of a form's fields: days that are named count, whatever number is chosen beside them.

    Without a last day it ends now.

    Raises
    ------
    NoPeriodError
        If they name none; `fault_said` says so to whoever filled in the form.
    """
    if not asked.first and not asked.last:
        is_number = asked.days.isascii() and asked.days.isdigit() and len(asked.days) <= _LONGEST_NUMBER
        return last_days(int(asked.days) if is_number else 0, now_ms, local)
    until_ms = local.ms(_day(asked.last) + timedelta(days=1), 0) if asked.last else now_ms
    return between(local.ms(_day(asked.first), 0), min(now_ms, until_ms))


def fault_said(fault: PeriodFault) -> Sentence:
    """Return why there is no report of such days, and what to do."""
    if fault is PeriodFault.TOO_LONG:
        message = NN_("At most {n} day at once. Choose fewer.", "At most {n} days at once. Choose fewer.")
        return Sentence(message=message, fields={"n": MOST_DAYS})
    return Sentence(message=N_("Choose two days, the first not after the last, none of them still to come."))


def _day(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise NoPeriodError(PeriodFault.EMPTY) from None
    if not date(1970, 1, 2) <= found <= date(2999, 1, 1):
        raise NoPeriodError(PeriodFault.EMPTY)
    return found
