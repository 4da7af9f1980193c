"""Readings that a wearable dated itself, on the gateway's clock; doubt is told, and nothing moved in silence.

A cuff's calendar was set by a person, in some zone, once. What it shows when it is read gives its offset,
and by that a reading's own date becomes a time of ours. A sensor that counts minutes since its session
began is placed by that beginning.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from edge.clock import Stamp
from vitals.gatt.cgm_session_start_time import SessionStartTime
from vitals.gatt.current_time import CurrentTime

__all__ = [
    "ClockDoubt",
    "DeviceCalendar",
    "Placed",
    "SessionClock",
    "is_right",
    "session_start_ms",
    "shown_ms",
]

_YEAR_2020_MS: Final = 1_577_836_800_000
_YEAR_MS: Final = 366 * 86_400_000
_AHEAD_MS: Final = 300_000
_SAME_S: Final = 2.0
"""Two looks at one clock differ by its whole seconds and the way through the air."""
_ZONE_S: Final = 900.0
_FARTHEST_ZONE_S: Final = 14 * 3600.0
_RIGHT_S: Final = 60.0
_ROUNDING_MS: Final = 2
_SESSION_MS: Final = 300_000
"""How far a session's told beginning may be off what its minutes say, and still be believed."""
_MINUTE_S: Final = 60.0
_MINUTE_MS: Final = 60_000


class ClockDoubt(StrEnum):
    """Why a wearable's own time was not believed."""

    NOT_SET = "not-set"
    WRONG = "wrong"
    """It runs, but shows another time than any zone has: readings are placed by how far it is off."""
    BEFORE_2020 = "before-2020"
    LONG_AGO = "long-ago"
    """A date of over a year ago, by a calendar that nobody could read: it fell back to its factory's day."""
    AHEAD = "ahead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """When a reading was taken, by the gateway's wall clock, and what is doubtful about it.

    `as_it_came` tells that it is of its arrival, for want of a time to believe.
    """

    t_ms: int
    doubt: ClockDoubt | None = None
    as_it_came: bool = False


@dataclass(slots=True, kw_only=True)
class _Showing:
    """What to add to a calendar's seconds to have ours, and when it last was seen to be so."""

    offset_s: float
    seen_s: float


class DeviceCalendar:
    """What one wearable's calendar is worth, from what it showed when it was read.

    A calendar that is set gives two answers: an older reading is placed by how far it was off before.
    """

    def __init__(self) -> None:
        self._now: _Showing | None = None
        self._before: _Showing | None = None
        self._doubt: ClockDoubt | None = None

    @property
    def doubt(self) -> ClockDoubt | None:
        """What is doubtful about the calendar, as far as it was seen."""
        return self._doubt

    def observe(self, shown_ms: int | None, received: Stamp) -> None:
        """Take note of what the calendar shows, read as UTC; `None`: it knows no date."""
        if shown_ms is None:
            self._doubt = ClockDoubt.NOT_SET
            return
        self._doubt = None if is_right(shown_ms, received.wall_ms) else ClockDoubt.WRONG
        offset_s = _zoned(received.monotonic_s - shown_ms / 1000, received)
        if self._now is None or abs(offset_s - self._now.offset_s) > _SAME_S:
            self._before, self._now = self._now, _Showing(offset_s=offset_s, seen_s=received.monotonic_s)
        else:
            self._now.seen_s = received.monotonic_s

    def place(self, dated_ms: int | None, received: Stamp, *, is_set: bool = True) -> Placed:
        """Place a reading that came just now; one without a believable date is taken as of now."""
        if dated_ms is None or not is_set:
            return _arrived(received, None if is_set else ClockDoubt.NOT_SET)
        at_ms = dated_ms
        if self._now is not None:
            at_ms = _in_whole_seconds(dated_ms, received.wall_ms_at(self._monotonic_s(dated_ms / 1000)))
        if at_ms < _YEAR_2020_MS:
            return _arrived(received, ClockDoubt.BEFORE_2020)
        if self._now is None and at_ms < received.wall_ms - _YEAR_MS:
            return _arrived(received, ClockDoubt.LONG_AGO)
        if at_ms > received.wall_ms + _AHEAD_MS:
            return _arrived(received, ClockDoubt.AHEAD)
        return Placed(t_ms=at_ms, doubt=self._doubt)

    def _monotonic_s(self, dated_s: float) -> float:
        """Return the moment by the showing that was in force then."""
        now, before = self._now, self._before
        if now is None:
            return dated_s
        at_s = dated_s + now.offset_s
        if before is None or at_s >= before.seen_s - _SAME_S:
            return at_s
        return dated_s + before.offset_s


class SessionClock:
    """When a sensor's session began: as the sensor has it, unless the minutes it counts say otherwise."""

    def __init__(self) -> None:
        self._told_ms: int | None = None
        self._began_s: float | None = None
        """The latest the session can have begun, by the clock that never jumps: no minute comes early."""
        self._is_exact = False
        self._minute = 0

    def observe_start(self, told_ms: int | None) -> None:
        """Take note of the beginning as the sensor has it, in ms, UTC; `None`: it does not know."""
        if self._told_ms is not None and (told_ms is None or abs(told_ms - self._told_ms) > _SESSION_MS):
            self._forget()  # another session
        self._told_ms = told_ms

    def observe_now(self, minute: int, received: Stamp) -> None:
        """Take note of the minute the session is in just now."""
        if minute < self._minute - 1:
            self._forget()  # another session
        self._is_exact = True
        self.observe(minute, received)

    def observe(self, minute: int, received: Stamp) -> None:
        """Take note of a minute the session is in, or was in a while ago."""
        began_s = received.monotonic_s - minute * _MINUTE_S
        self._began_s = began_s if self._began_s is None else min(began_s, self._began_s)
        self._minute = max(self._minute, minute)

    def device_ms(self, minute: int) -> int | None:
        """Return the sensor's own time of a minute; `None`: it does not know."""
        return None if self._told_ms is None else self._told_ms + minute * _MINUTE_MS

    def place(self, minute: int, received: Stamp) -> Placed:
        """Place a minute that was observed."""
        told_ms = self.device_ms(minute)
        doubt = self._doubt(received)
        if told_ms is not None and doubt is None:
            return Placed(t_ms=told_ms)
        if self._began_s is None:
            return _arrived(received, doubt)
        return Placed(t_ms=received.wall_ms_at(self._began_s + minute * _MINUTE_S), doubt=doubt)

    def _doubt(self, received: Stamp) -> ClockDoubt | None:
        if self._told_ms is None:
            return ClockDoubt.NOT_SET
        if self._told_ms < _YEAR_2020_MS:
            return ClockDoubt.BEFORE_2020
        if self._began_s is None:
            return None
        early_ms = received.wall_ms_at(self._began_s) - self._told_ms
        if early_ms < -_SESSION_MS:
            return ClockDoubt.AHEAD
        return ClockDoubt.WRONG if self._is_exact and early_ms > _SESSION_MS else None

    def _forget(self) -> None:
        self._began_s, self._is_exact, self._minute = None, False, 0


def shown_ms(current: CurrentTime) -> int | None:
    """Return what a calendar shows in ms since 1970, read as UTC; `None`: it knows no date."""
    whole_ms = current.date_time.milliseconds()
    return None if whole_ms is None else whole_ms + current.fractions_256 * 1000 // 256


def session_start_ms(start: SessionStartTime) -> int | None:
    """Return when a session began in ms, UTC, if the sensor knows its zone; `None`: it knows no date."""
    local_ms = start.local_time.milliseconds()
    if local_ms is None:
        return None
    east_min = (start.time_zone_min or 0) + (start.daylight_saving_min or 0)
    return local_ms - east_min * _MINUTE_MS


def is_right(shown_ms: int, now_ms: int, *, within_s: float = _RIGHT_S) -> bool:
    """Tell whether a calendar is right in some zone: off by quarters of an hour, and 14 hours at most."""
    return _is_a_zones((shown_ms - now_ms) / 1000, within_s)


def _arrived(received: Stamp, doubt: ClockDoubt | None) -> Placed:
    return Placed(t_ms=received.wall_ms, doubt=doubt, as_it_came=True)


def _zoned(offset_s: float, received: Stamp) -> float:
    """Return an offset without the way through the air: a zone's, or else one in whole seconds, as dates are.

    So a reading keeps its time to the millisecond, however often it is told, and whoever reckons it.
    """
    wall_s = received.wall_ms / 1000 - received.monotonic_s
    off_s = wall_s + offset_s
    return (_quarters(off_s) if _is_a_zones(off_s, _SAME_S) else round(off_s)) - wall_s


def _in_whole_seconds(dated_ms: int, at_ms: int) -> int:
    """Take away the millisecond that two roundings may leave between a date and its place."""
    off_ms = 1000 * round((at_ms - dated_ms) / 1000)
    return dated_ms + off_ms if abs(at_ms - dated_ms - off_ms) <= _ROUNDING_MS else at_ms


def _is_a_zones(off_s: float, within_s: float) -> bool:
    return abs(off_s) <= _FARTHEST_ZONE_S + within_s and abs(off_s - _quarters(off_s)) <= within_s


def _quarters(off_s: float) -> float:
    return _ZONE_S * round(off_s / _ZONE_S)
