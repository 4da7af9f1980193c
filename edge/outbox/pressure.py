"""How hard the outbox is pressed: told to whoever brings bulk that can wait, or keep it meanwhile.

A level is left well below where it was entered, so that nobody is told to stop and go with every batch.
"""

from dataclasses import dataclass
from typing import Final

from edge.ports import Pressure

__all__ = ["LEVELS", "Level", "PressureGauge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One row: entered when so much of the room is taken, left when less than that is."""

    pressure: Pressure
    enters: float
    leaves: float


LEVELS: Final = (
    Level(pressure=Pressure.FULL, enters=0.95, leaves=0.90),
    Level(pressure=Pressure.HIGH, enters=0.80, leaves=0.70),
)
"""The hardest first."""


class PressureGauge:
    """Told what is held, and when the disk refuses; read from any thread."""

    def __init__(self, *, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._pressure = Pressure.NONE

    @property
    def pressure(self) -> Pressure:
        """The level now."""
        return self._pressure

    def held(self, size_bytes: int) -> None:
        """Take note that the disk took what it was given, and of what is held in all."""
        share = size_bytes / self._max_bytes
        self._pressure = next((row.pressure for row in LEVELS if self._holds(row, share)), Pressure.NONE)

    def refused(self) -> None:
        """Take note that the disk refused: whatever room is left by our own count, there is none."""
        self._pressure = Pressure.FULL

    def _holds(self, row: Level, share: float) -> bool:
        return share >= (row.leaves if self._pressure >= row.pressure else row.enters)
