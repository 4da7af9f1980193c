"""What is asked of stored history, how long an answer takes, and whether it is the right one."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from carewire.bench.figures import rank
from carewire.bench.lives import DAY_MS
from vitals.errors import CarewireError

__all__ = ["KIND", "PATIENT", "SEED", "Asked", "expect", "median_ms"]

KIND: Final = "heart_rate"
PATIENT: Final = "bench-patient"
SEED: Final = 7
_REPEATS: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How much there is: days of one patient at 1 Hz, and patients with a newest value each."""

    days: int = 30
    ward: int = 1_000
    crowd: int = 0
    """So many other patients with a newest value, to see whether they slow a single one's read."""

    @property
    def points(self) -> int:
        """How many points the one patient's days hold."""
        return self.days * DAY_MS // 1_000


def median_ms(ask: Callable[[], object]) -> float | None:
    """Ask again and again; return the median time in ms."""
    took_ms: list[float] = []
    for _ in range(_REPEATS):
        began_s = time.perf_counter()
        ask()
        took_ms.append((time.perf_counter() - began_s) * 1000)
    return rank(took_ms, 0.5)


def expect(what: str, found: float, made: float) -> None:
    """Refuse to measure answers that are wrong.

    Raises
    ------
    CarewireError
        If what was found is not what was made.
    """
    if found != made:
        raise CarewireError(f"{what} read back as {found}, {made} made: nothing here is worth measuring")
