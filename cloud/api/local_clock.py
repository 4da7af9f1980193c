"""Times of the local day as people write them: 22:00."""

from typing import Final

__all__ = ["CLOCK_PATTERN", "clock_of", "minute_of"]

CLOCK_PATTERN: Final = r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$"


def minute_of(clock: str) -> int:
    """Return the minute of the day; the text is as the pattern has it."""
    hour, minute = clock.split(":")
    return 60 * int(hour) + int(minute)


def clock_of(minute: int) -> str:
    """Return the time of a minute of the day."""
    return f"{minute // 60:02d}:{minute % 60:02d}"
