"""Physiological time: the wearer's, which may run faster than the wall's."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from vitals.errors import ConfigurationError

__all__ = ["PacingClock"]


class PacingClock:
    """Seconds of the wearer's life since the clock was made: `speed` of them pass in each real second."""

    def __init__(
        self,
        *,
        speed: float = 1.0,
        monotonic_s: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        if speed <= 0:
            raise ConfigurationError(f"a heart cannot run {speed} times as fast: give a speed above 0")
        self.speed = speed
        self._monotonic_s = monotonic_s
        self._sleep = sleep
        self._start_s = monotonic_s()

    def now_s(self) -> float:
        """Return the physiological seconds gone by."""
        return (self._monotonic_s() - self._start_s) * self.speed

    async def sleep_until(self, physiological_s: float) -> None:
        """Wait for that second; return at once, but not before others had their turn, if it is past."""
        await self._sleep(max(0.0, physiological_s - self.now_s()) / self.speed)
