"""Current Time (0x2A2B), Current Time Service 1.1 section 3.1: how a wearable's clock is read and set."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from typing import TYPE_CHECKING, Final

from vitals.gatt import date_time
from vitals.gatt.octets import Octets, fitting

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Self

    from vitals.gatt.date_time import DateTime

NAME = "Current Time"


class AdjustReason(IntFlag):
    """Why the clock was set; bits 4 to 7 are reserved."""

    MANUAL_TIME_UPDATE = 1 << 0
    EXTERNAL_REFERENCE_TIME_UPDATE = 1 << 1
    CHANGE_OF_TIME_ZONE = 1 << 2
    CHANGE_OF_DAYLIGHT_SAVING = 1 << 3


NO_REASON: Final = AdjustReason(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentTime:
    """A moment to the 256th of a second; day of week 1 is Monday, 7 Sunday, 0 not known."""

    date_time: DateTime
    day_of_week: int = 0
    fractions_256: int = 0
    adjust_reason: AdjustReason = NO_REASON

    @classmethod
    def of(cls, moment: datetime, *, adjust_reason: AdjustReason = NO_REASON) -> Self:
        """Return what a device's display would show at `moment`."""
        return cls(
            date_time=date_time.DateTime.of(moment),
            day_of_week=moment.isoweekday(),
            fractions_256=moment.microsecond * 256 // 1_000_000,
            adjust_reason=adjust_reason,
        )


def decode(value: bytes) -> CurrentTime:
    """Decode a read, notified or written value; reserved bits of the reason are ignored."""
    octets = Octets(NAME, value)
    moment = date_time.take(octets, "Exact Time")
    day_of_week = octets.uint(1, "Day of Week")
    if day_of_week > _SUNDAY:
        octets.reject(f"a Day of Week of 0 to {_SUNDAY} and not {day_of_week}")
    current = CurrentTime(
        date_time=moment,
        day_of_week=day_of_week,
        fractions_256=octets.uint(1, "Fractions256"),
        adjust_reason=AdjustReason(octets.uint(1, "Adjust Reason") & _REASONS),
    )
    octets.finish()
    return current


def encode(current: CurrentTime) -> bytes:
    """Encode a moment; raise `ValueError` for a field out of its range."""
    if not 0 <= current.day_of_week <= _SUNDAY:
        raise ValueError(f"a Day of Week is 0 to {_SUNDAY}: {current.day_of_week} is not one")
    fractions = fitting(current.fractions_256, 8, "Fractions256")
    return date_time.encode(current.date_time) + bytes(
        [current.day_of_week, fractions, current.adjust_reason]
    )


_SUNDAY: Final = 7
_REASONS: Final = 0x0F
