"""How times and values are said on the page."""

from datetime import datetime
from typing import Final

__all__ = ["ago", "amount", "clock_time", "counted", "lasting"]

_SPANS: Final = ((86_400, "day", "days"), (3_600, "h", "h"), (60, "min", "min"))
_JUST_NOW_S: Final = 5
_FEW: Final = 10
_SIZES: Final = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def lasting(seconds: float) -> str:
    """Return a duration: "12 s", "4 min", "3 h", "2 days"."""
    for span_s, one, many in _SPANS:
        if seconds >= span_s:
            number = int(seconds // span_s)
            return f"{number} {one if number == 1 else many}"
    return f"{max(0, int(seconds))} s"


def ago(seconds: float) -> str:
    """Return how long ago: "now" up to a few seconds."""
    return "now" if seconds < _JUST_NOW_S else f"{lasting(seconds)} ago"


def clock_time(t_ms: int) -> str:
    """Return a time of day where this gateway stands."""
    return f"{datetime.fromtimestamp(t_ms / 1000).astimezone():%H:%M:%S}"


def counted(number: int, what: str) -> str:
    """Return so many of something: "1 record", "1,200 records"."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def amount(size_bytes: float) -> str:
    """Return a number of bytes: "512 B", "14 MB", "1.2 GB"."""
    for size, unit in _SIZES:
        if size_bytes >= size:
            number = size_bytes / size
            return f"{number:.1f} {unit}" if number < _FEW else f"{number:.0f} {unit}"
    return f"{size_bytes:.0f} B"
