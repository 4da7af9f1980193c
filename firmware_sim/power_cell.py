"""A wearable's battery, as its firmware reckons it: so much is left, and it goes at so much a time."""

from dataclasses import dataclass
from math import ceil

__all__ = ["BatteryRow", "PowerCell"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryRow:
    """How full it is at first, in percent, and how many seconds of life one percent lasts."""

    percent: float
    s_per_percent: float


class PowerCell:
    """Drains from the beginning of life on; at 0 the wearable falls silent."""

    def __init__(self, row: BatteryRow) -> None:
        self._row = self._usual = row
        self._from_s = 0.0

    def percent(self, at_s: float) -> int:
        """Return what is left at a second of life, rounded up as displays do."""
        left = self._row.percent - (at_s - self._from_s) / self._row.s_per_percent
        return max(0, ceil(left))

    def weaken(self, at_s: float, row: BatteryRow) -> None:
        """Let it be a nearly empty one from now on."""
        self._row, self._from_s = row, at_s

    def change(self, at_s: float) -> None:
        """Put in a new one, as full as the first was."""
        self._row, self._from_s = self._usual, at_s
