"""One patient's time, which all wearables on that body share; it begins when the first of them measures."""

import asyncio

from firmware_sim.pacing import PacingClock

__all__ = ["Lifetime"]


class Lifetime:
    """Seconds since a life's beginning; `wall_ms_at_start` is what clocks said when the pace began."""

    def __init__(self, clock: PacingClock, *, wall_ms_at_start: float) -> None:
        self._clock = clock
        self._wall_ms_at_start = wall_ms_at_start
        self._born_s = 0.0
        self._begun = asyncio.Event()

    @property
    def has_begun(self) -> bool:
        """Whether anybody has measured yet."""
        return self._begun.is_set()

    def begin(self) -> None:
        """Let the body live from now on, unless it does already."""
        if not self._begun.is_set():
            self._born_s = self._clock.now_s()
            self._begun.set()

    def now_s(self) -> float:
        """Return the seconds lived, 0 before the beginning."""
        return self._clock.now_s() - self._born_s if self._begun.is_set() else 0.0

    async def sleep_until(self, at_s: float) -> None:
        """Wait for a second of this life, and for its beginning first."""
        await self._begun.wait()
        await self._clock.sleep_until(self._born_s + at_s)

    def wall_ms(self, at_s: float) -> float:
        """Return the true time at a second of this life, in ms since 1970-01-01 UTC."""
        return self._wall_ms_at_start + 1000.0 * (self._born_s + at_s)
