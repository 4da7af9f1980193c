"""Time as a port: real, or running faster so that an hour of a heart fits in a coffee break."""

import time
from dataclasses import dataclass
from typing import Protocol


class Clock(Protocol):
    """The two times everything else is told, never asks for."""

    def wall_ms(self) -> int:
        """Milliseconds since 1970-01-01 UTC; may jump when NTP corrects it."""
        ...

    def monotonic_s(self) -> float:
        """Seconds since the boot, the same for every process; never jumps."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaledClock:
    """A clock that left real time at `anchor_ms` and runs `speed` times as fast since.

    Every process given the same `speed` and `anchor_ms` tells the same time.
    At speed 1 it is the system's clock.
    """

    speed: float = 1.0
    anchor_ms: int = 0

    def wall_ms(self) -> int:
        """Return the scaled wall time, in milliseconds since 1970-01-01 UTC."""
        now_ms = time.time_ns() / 1e6
        if self.speed == 1.0:
            return int(now_ms)
        return int(self.anchor_ms + (now_ms - self.anchor_ms) * self.speed)

    def monotonic_s(self) -> float:
        """Return the scaled time since the machine's boot, in seconds; a suspended machine's counts too."""
        return time.clock_gettime(time.CLOCK_BOOTTIME) * self.speed

    def real_s(self, scaled_s: float) -> float:
        """Return how many real seconds `scaled_s` seconds on this clock take: what to sleep."""
        return scaled_s / self.speed
