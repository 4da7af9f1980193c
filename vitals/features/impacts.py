"""The gate before the fall model: blows to the body, each with the seconds around it.

A fall ends in a blow, and so do a jump, a step and a chair: the gate lets every blow pass that a fall could
be, so that what costs thought is done a few times an hour and not fifty times a second.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from vitals.features.acceleration import MOTION_RATE_HZ

__all__ = ["AFTER_S", "BEFORE_S", "GATE_G", "SURROUND_LENGTH", "Impact", "ImpactGate"]

GATE_G: Final = 1.5
"""Softer than any fall of SisFall (1.7 g over 20 ms at the waist); Bourke 2007 takes 3.5 g at the trunk."""
BEFORE_S: Final = 4.0
AFTER_S: Final = 3.0
"""How long is waited after a blow: whether somebody lies still shows, and nobody is late by it."""
SURROUND_LENGTH: Final = round((BEFORE_S + AFTER_S) * MOTION_RATE_HZ)

_BEFORE: Final = round(BEFORE_S * MOTION_RATE_HZ)
_AFTER: Final = round(AFTER_S * MOTION_RATE_HZ)
_ALONE: Final = MOTION_RATE_HZ
"""The hardest blow within this many samples either way stands for the others."""
_MIRRORED: Final = MOTION_RATE_HZ // 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Impact:
    """A blow at `place` of the stretch, and ``(350, 3)`` g at 50 Hz around it: 4 s before, 3 s from it on."""

    place: int
    peak_g: float
    surround_g: NDArray[np.float64]


class ImpactGate:
    """Finds the blows of one unbroken stretch at 50 Hz, three seconds late."""

    def __init__(self, gate_g: float = GATE_G) -> None:
        self._gate_g = gate_g
        self._samples: NDArray[np.float64] = np.empty((0, 3))
        self._start = 0
        self._judged = 0
        """Place of the first sample not judged yet; what a blow there would need of the past is held."""

    @property
    def end(self) -> int:
        """How many samples were pushed."""
        return self._start + len(self._samples)

    def push(self, acceleration_g: NDArray[np.float64]) -> list[Impact]:
        """Take the next ``(n, 3)`` samples in g; return the blows whose three seconds are over."""
        self._samples = np.concatenate([self._samples, acceleration_g])
        found = self._between(self._judged, self.end - _AFTER)
        kept = max(self._judged - _BEFORE, self._start)
        self._samples, self._start = self._samples[kept - self._start :], kept
        return found

    def flush(self) -> list[Impact]:
        """Return the blows that still wait, as the stretch ends: those with a second after them."""
        return self._between(self._judged, self.end - _ALONE)

    def _between(self, first: int, stop: int) -> list[Impact]:
        if stop <= first:
            return []
        self._judged = stop
        low, high = first - self._start - _ALONE, stop - self._start + _ALONE
        magnitude = np.linalg.norm(self._samples[max(low, 0) : high], axis=1)
        if magnitude.max() < self._gate_g:
            return []
        magnitude = np.pad(magnitude, (max(-low, 0), 0))
        hardest = sliding_window_view(magnitude, 2 * _ALONE + 1)[: stop - first]
        is_peak = (hardest.argmax(axis=1) == _ALONE) & (hardest[:, _ALONE] >= self._gate_g)
        return [
            Impact(
                place=first + offset,
                peak_g=float(hardest[offset, _ALONE]),
                surround_g=self._surround(first + offset),
            )
            for offset in np.flatnonzero(is_peak).tolist()
        ]

    def _surround(self, place: int) -> NDArray[np.float64]:
        """Cut what lies around a blow; where the stretch begins or ends too near, its edge is mirrored."""
        first, stop = place - _BEFORE - self._start, place + _AFTER - self._start
        inside = self._samples[max(first, 0) : stop]
        before, after = max(-first, 0), max(stop - len(self._samples), 0)
        return np.concatenate([_mirrored(inside, before)[::-1], inside, _mirrored(inside[::-1], after)])


def _mirrored(samples: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Walk `count` samples away from the first one, to and fro over the half second that begins there."""
    lane = np.concatenate([samples[:_MIRRORED], samples[:_MIRRORED][::-1]])
    return lane[np.arange(count) % len(lane)]
