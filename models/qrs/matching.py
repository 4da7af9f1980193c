"""Pair annotated beats with those found, one with one, within a tolerance (ANSI/AAMI EC57)."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["TOLERANCE_S", "Tally", "match_beats"]

TOLERANCE_S: Final = 0.150


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Beats found, missed and invented; tallies add up."""

    paired: int = 0
    missed: int = 0
    extra: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            paired=self.paired + other.paired,
            missed=self.missed + other.missed,
            extra=self.extra + other.extra,
        )

    @property
    def errors(self) -> int:
        """How many beats were missed or invented."""
        return self.missed + self.extra

    def shares(self) -> dict[str, float]:
        """Return ``se``, ``ppv`` and ``f1`` from 0 to 1, with the counts; a share of nothing is 0."""
        return {
            "se": _share(self.paired, self.paired + self.missed),
            "ppv": _share(self.paired, self.paired + self.extra),
            "f1": _share(2 * self.paired, 2 * self.paired + self.errors),
            "support": self.paired + self.missed,
            "missed": self.missed,
            "extra": self.extra,
        }


def match_beats(
    truth_s: NDArray[np.floating], found_s: NDArray[np.floating], *, tolerance_s: float = TOLERANCE_S
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which of ``(n,)`` annotated beats were found, and which of ``(m,)`` found ones were annotated.

    Both rise; each pairs with at most one of the other.
    """
    is_found, is_true = np.zeros(len(truth_s), dtype=bool), np.zeros(len(found_s), dtype=bool)
    following = 0
    for index, beat_s in enumerate(truth_s):
        while following < len(found_s) and found_s[following] < beat_s - tolerance_s:
            following += 1
        if following < len(found_s) and found_s[following] <= beat_s + tolerance_s:
            is_found[index] = is_true[following] = True
            following += 1
    return is_found, is_true


def _share(part: int, whole: int) -> float:
    return round(part / whole, 5) if whole else 0.0
