"""When things happened: the gateway's own clock, and each wearable's, which knows nothing of ours.

A Pi without a battery clock may boot in 1970 and jump when NTP answers, so a moment is kept both as
wall time and as time since boot, and sample times are reckoned from the one that never jumps.
"""

import ctypes
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression
from typing import Final

from vitals.clock import Clock
from vitals.wire.envelope import ClockStamp

__all__ = ["Stamp", "WearableClock", "boot_id", "clock_stamp", "is_synced"]

WINDOW_S: Final = 60.0
_BUCKET_S: Final = 5.0
_RESTART_S: Final = 5.0
_AHEAD_S: Final = 60.0
"""How far a wearable's clock may run ahead of ours between two frames before it must have been set."""
_WINDOWS: Final = 240
_DRIFT_WINDOWS: Final = 15
"""How many windows it takes to tell drift: a millisecond's jitter is then about a millionth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """A moment at the gateway: what the wall clock showed, and the seconds that never jump."""

    wall_ms: int
    monotonic_s: float

    @classmethod
    def now(cls, clock: Clock) -> "Stamp":
        """Return this moment."""
        return cls(wall_ms=clock.wall_ms(), monotonic_s=clock.monotonic_s())

    def wall_ms_at(self, monotonic_s: float) -> int:
        """Return the wall time, by the clock as it stood at this stamp, of another moment."""
        return max(0, round(self.wall_ms + (monotonic_s - self.monotonic_s) * 1000))


class WearableClock:
    """Places a wearable's time on the gateway's: its offset is the least delay lately seen.

    A notification is never early, only late: the minimum of (received - device time) over the last
    `WINDOW_S` seconds is the offset plus the shortest way through the air. Old minima expire in
    buckets, so that a drifting crystal is followed; how fast it drifts is told by the least delays of
    the last `_WINDOWS` windows. A clock that is set, or starts anew, is a new clock.
    """

    def __init__(self) -> None:
        self._minima: deque[tuple[float, float]] = deque()
        self._windows: deque[tuple[float, float]] = deque(maxlen=_WINDOWS)
        self._window: tuple[float, float] | None = None
        self._device_s = float("-inf")
        self._received_s = float("-inf")

    def observe(self, device_s: float, received: Stamp) -> None:
        """Take note that the wearable's `device_s` was over when the gateway's clock said `received`."""
        advance_s, elapsed_s = device_s - self._device_s, received.monotonic_s - self._received_s
        if advance_s < -_RESTART_S or advance_s > elapsed_s + _AHEAD_S:
            self._forget()  # its old offset means nothing
        self._device_s, self._received_s = device_s, received.monotonic_s
        delay_s = received.monotonic_s - device_s
        self._remember(received.monotonic_s, delay_s)
        if self._minima and received.monotonic_s - self._minima[-1][0] < _BUCKET_S:
            since_s, least_s = self._minima[-1]
            self._minima[-1] = (since_s, min(least_s, delay_s))
        else:
            self._minima.append((received.monotonic_s, delay_s))
        while received.monotonic_s - self._minima[0][0] > WINDOW_S:
            self._minima.popleft()

    @property
    def offset_s(self) -> float:
        """What to add to the wearable's time to have the gateway's; `observe` comes first."""
        return min(delay_s for _, delay_s in self._minima)

    @property
    def drift_ppm(self) -> float | None:
        """How many millionths faster than ours the wearable's clock runs; `None` before that can be told."""
        if len(self._windows) < _DRIFT_WINDOWS:
            return None
        return -linear_regression(*zip(*self._windows, strict=True)).slope * 1e6

    def wall_ms(self, device_s: float, received: Stamp) -> int:
        """Return the wall time of a moment the wearable calls `device_s`."""
        return received.wall_ms_at(device_s + self.offset_s)

    def _remember(self, received_s: float, delay_s: float) -> None:
        """Keep the least delay of each window, and when that was."""
        if self._window and received_s // WINDOW_S != self._window[0] // WINDOW_S:
            self._windows.append(self._window)
            self._window = None
        if self._window is None or delay_s < self._window[1]:
            self._window = (received_s, delay_s)

    def _forget(self) -> None:
        self._minima.clear()
        self._windows.clear()
        self._window = None


def boot_id() -> str:
    """Return the kernel's name for this boot: times since boot compare only within one."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def is_synced() -> bool:
    """Tell whether NTP holds the wall clock, as the kernel sees it (adjtimex(2))."""
    return _adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES)) not in (_TIME_ERROR, -1)


def clock_stamp(clock: Clock) -> ClockStamp:
    """Return what a batch says of time when it is sent."""
    return ClockStamp(
        wall_ms=clock.wall_ms(),
        boottime_ms=round(clock.monotonic_s() * 1000),
        synced=is_synced(),
    )


_LIBC: Final = ctypes.CDLL(None, use_errno=True)
_TIMEX_BYTES: Final = 512  # struct timex takes 208 octets on 64-bit Linux; zeros ask and change nothing
_TIME_ERROR: Final = 5


def _adjtimex(timex: "ctypes.Array[ctypes.c_char]") -> int:
    return int(_LIBC.adjtimex(timex))
