"""A `vitals.clock.Clock` that stands still until it is told to go on."""

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class FakeClock:
    """Both times move together, except when the wall clock is made to jump."""

    wall: float = 1_700_000_000_000.0
    monotonic: float = 1000.0

    def wall_ms(self) -> int:
        return int(self.wall)

    def monotonic_s(self) -> float:
        return self.monotonic

    def advance(self, seconds: float) -> None:
        self.wall += seconds * 1000
        self.monotonic += seconds

    def jump_wall(self, seconds: float) -> None:
        self.wall += seconds * 1000
