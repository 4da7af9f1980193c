"""Where days begin: the hours and nights of a person are those of where they live."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

__all__ = ["LocalTime"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalTime:
    """A time zone; ``None`` is that of this machine."""

    zone: ZoneInfo | None = None

    def at(self, t_ms: int) -> datetime:
        """Return the local time of a moment."""
        return datetime.fromtimestamp(t_ms / 1000, UTC).astimezone(self.zone)

    def ms(self, day: date, hour: int) -> int:
        """Return the moment of an hour of a local day."""
        return self.minute_ms(day, 60 * hour)

    def minute_ms(self, day: date, minute: int) -> int:
        """Return the moment of a minute of a local day, by the clock on the wall; 1440 is the end of it.

        What the clock shows twice is the first of them; what it leaves out, as long after it was put forward.
        """
        naive = datetime.combine(day, time()) + timedelta(minutes=minute)
        local = naive.astimezone() if self.zone is None else naive.replace(tzinfo=self.zone)
        return round(local.timestamp() * 1000)
