"""What a chest strap makes of beats: a rate now, and the RR intervals since it was last asked."""

from collections import deque
from statistics import fmean
from typing import Final

from firmware_sim.heart import HeartSegment
from vitals.gatt.heart_rate import HeartRateMeasurement, SensorContact

__all__ = ["HeartRateMeter"]


class HeartRateMeter:
    """Takes segments as they are lived; measures whenever asked."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._contact = False
        self._now_s = 0.0
        self._last_beat_s: float | None = None
        self._recent_ms: deque[float] = deque(maxlen=_AVERAGED_INTERVALS)
        self._unreported_ms: deque[float] = deque(maxlen=_MOST_INTERVALS)

    def take(self, segment: HeartSegment) -> None:
        """Count the segment's beats; without contact there are none, and the next interval starts anew."""
        self._contact = segment.contact
        self._now_s = segment.stop / self._rate_hz
        for beat in segment.beats:
            if self._last_beat_s is not None:
                interval_ms = 1000.0 * (beat.at_s - self._last_beat_s)
                self._recent_ms.append(interval_ms)
                self._unreported_ms.append(interval_ms)
            self._last_beat_s = beat.at_s
        if not segment.contact or self._beatless_s() > _ASYSTOLE_S:
            self._last_beat_s = None
            self._recent_ms.clear()

    def measure(self) -> HeartRateMeasurement:
        """Return the rate over the last intervals, 0 where there are none, and the intervals not yet told."""
        intervals_ms = tuple(self._unreported_ms)
        self._unreported_ms.clear()
        return HeartRateMeasurement(
            heart_rate_bpm=round(60_000.0 / fmean(self._recent_ms)) if self._recent_ms else 0,
            sensor_contact=SensorContact.CONTACT if self._contact else SensorContact.NO_CONTACT,
            rr_intervals_ms=intervals_ms,
        )

    def _beatless_s(self) -> float:
        return 0.0 if self._last_beat_s is None else self._now_s - self._last_beat_s


_AVERAGED_INTERVALS: Final = 8
_MOST_INTERVALS: Final = 9
"""As many as fit a notification at the smallest ATT_MTU, of 20 octets, whose first two are flags and rate."""
_ASYSTOLE_S: Final = 6.0
