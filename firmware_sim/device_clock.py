"""A wearable's own clock: a crystal that is a little off, and a calendar that people set."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from vitals.gatt.date_time import DateTime

__all__ = ["FACTORY_MOMENT", "TEN_YEARS_S", "DeviceClock"]

FACTORY_MOMENT: Final = datetime(2020, 1, 1, tzinfo=UTC)
"""What a calendar shows after a power-on, until somebody sets it."""
TEN_YEARS_S: Final = 3652 * 86_400.0


class DeviceClock:
    """Tells the time of a second of the wearer's life; its calendar keeps UTC, to the second.

    `true_ms` says what time it truly is at a second of that life. A calendar that is set is `offset_s` off.
    """

    def __init__(
        self,
        true_ms: Callable[[float], float],
        *,
        drift_ppm: float = 0.0,
        offset_s: float = 0.0,
        is_set: bool = True,
    ) -> None:
        self._true_ms = true_ms
        self._rate = 1.0 + drift_ppm / 1e6
        self._offset_s = offset_s
        self._booted_s = 0.0
        self._ticks_ahead_s = self._calendar_ahead_s = 0.0
        self._known: tuple[float, datetime] | None = None if is_set else (0.0, FACTORY_MOMENT)
        self.is_set = is_set

    def lived_s(self, counted_s: float) -> float:
        """Return the second of life at which the crystal has swung `counted_s` since that life began."""
        return counted_s / self._rate

    def ticks_us(self, at_s: float) -> int:
        """Return the microseconds counted since power-on: what streams are stamped with."""
        return round(((at_s - self._booted_s) * self._rate + self._ticks_ahead_s) * 1e6)

    def calendar(self, at_s: float) -> datetime:
        """Return what a display would show."""
        known_s, moment = self._known or (0.0, self._kept())
        return moment + timedelta(seconds=(at_s - known_s) * self._rate + self._calendar_ahead_s)

    def date_time(self, at_s: float) -> DateTime:
        """Return that as readings carry it."""
        return DateTime.of(self.calendar(at_s))

    def set(self, at_s: float, moment: datetime) -> None:
        """Set the calendar, as a person or a gateway does; the counter goes on."""
        self._known, self._calendar_ahead_s = (at_s, moment), 0.0
        self.is_set = True

    def advance(self, by_s: float) -> None:
        """Let counter and calendar jump."""
        self._ticks_ahead_s += by_s
        self._calendar_ahead_s += by_s

    def reboot(self, at_s: float) -> None:
        """Count from nothing; the calendar shows the factory's moment."""
        self._booted_s, self._known = at_s, (at_s, FACTORY_MOMENT)
        self._ticks_ahead_s = self._calendar_ahead_s = 0.0
        self.is_set = False

    def _kept(self) -> datetime:
        """Return what a calendar that was set before this life showed at its beginning."""
        true = datetime.fromtimestamp(self._true_ms(0.0) / 1000.0, tz=UTC)
        return true + timedelta(seconds=self._offset_s)
