"""Date Time (0x2A08), GATT Specification Supplement section 3: a moment on the device's own clock.

Year, month and day of 0 mean that the device does not know them. Nothing says which time zone the
clock keeps: whoever reads it compares it with a clock of known zone first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from vitals.gatt.octets import Octets

if TYPE_CHECKING:
    from typing import Self

NAME = "Date Time"
OCTETS: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class DateTime:
    """Fields as on the wire; 0 in year, month or day: not known."""

    year: int
    month: int
    day: int
    hours: int
    minutes: int
    seconds: int

    @classmethod
    def of(cls, moment: datetime) -> Self:
        """Return what a device's display would show at `moment`."""
        return cls(
            year=moment.year,
            month=moment.month,
            day=moment.day,
            hours=moment.hour,
            minutes=moment.minute,
            seconds=moment.second,
        )

    def milliseconds(self) -> int | None:
        """Return it in ms since 1970 as though its zone were UTC; `None` if it names no calendar day."""
        try:
            moment = datetime(
                self.year, self.month, self.day, self.hours, self.minutes, self.seconds, tzinfo=UTC
            )
        except ValueError:
            return None
        return round(moment.timestamp() * 1000)


def decode(value: bytes) -> DateTime:
    """Decode a read or written value."""
    octets = Octets(NAME, value)
    moment = take(octets)
    octets.finish()
    return moment


def encode(moment: DateTime) -> bytes:
    """Encode a moment; raise `ValueError` for a field out of its range."""
    fields = (moment.month, moment.day, moment.hours, moment.minutes, moment.seconds)
    if not _is_year(moment.year) or any(
        not 0 <= field <= most for field, most in zip(fields, _MOST.values(), strict=True)
    ):
        raise ValueError(f"{moment} is no date and time a device can tell: give 0 for what is not known")
    return moment.year.to_bytes(2, "little") + bytes(fields)


def take(octets: Octets, field: str = "Time Stamp") -> DateTime:
    """Return the next seven octets of another characteristic's value as a moment."""
    year = octets.uint(2, f"{field} Year")
    if not _is_year(year):
        octets.reject(f"a {field} Year of 1582 to 9999, or 0, and not {year}")
    rest = {}
    for name, most in _MOST.items():
        rest[name] = octets.uint(1, f"{field} {name.title()}")
        if rest[name] > most:
            octets.reject(f"{field} {name.title()} of at most {most} and not {rest[name]}")
    return DateTime(year=year, **rest)


_MOST: Final = {"month": 12, "day": 31, "hours": 23, "minutes": 59, "seconds": 59}


def _is_year(year: int) -> bool:
    return year == 0 or 1582 <= year <= 9999  # noqa: PLR2004 - the specification's bounds
