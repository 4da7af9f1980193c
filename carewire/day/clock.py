"""The clock of a simulated day: it stands still until the day goes on."""

from dataclasses import dataclass, field

from vitals.clock import ScaledClock

__all__ = ["DayClock"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayClock(ScaledClock):
    """Tells the moment that was set last; both times go on together."""

    _now_ms: list[int] = field(default_factory=lambda: [0])

    def set(self, now_ms: int) -> None:
        """Let it be a moment."""
        self._now_ms[0] = now_ms

    def wall_ms(self) -> int:
        """Return the moment, in milliseconds since 1970-01-01 UTC."""
        return self._now_ms[0]

    def monotonic_s(self) -> float:
        """Return the same in seconds."""
        return self._now_ms[0] / 1000
