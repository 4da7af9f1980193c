"""What a patient's own beats look like, learnt without labels: families of one shape, one of them the usual.

The idea of the adapting dominant template is that of Krasteva and Jekova (Ann Biomed Eng 2007;35:2065-2076);
the fit by a template and its slope takes height and a small shift out of a comparison.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vitals.features.beat_cutting import BEAT_SLACK, CUT_LENGTH
from vitals.features.median_beat import QRS_ZONE, MedianBeat

__all__ = ["Family", "OwnBeats", "Placed"]

_LAGS: Final = 2 * BEAT_SLACK + 1
_SHIFTS: Final = np.arange(_LAGS)[:, None] + np.arange(CUT_LENGTH)
_ALIKE: Final = 0.92
_HEIGHTS: Final = (0.5, 2.0)
"""Beats of one family correlate by this much and differ in height by no more than these factors."""
_MOST_FAMILIES: Final = 10
_MEMORY_BEATS: Final = 400
_RECENT: Final = 48
_STEADINESS: Final = 1.3
"""The usual family changes only to one with this many times its weight."""


@dataclass(slots=True, kw_only=True, eq=False)
class Family:
    """Beats of one shape: their mean, how many lately, and how early they used to come."""

    mean_mv: NDArray[np.float64]
    weight: float = 0.0
    timely_weight: float = 0.0
    log_rr_share: float = 0.0
    beats: int = 0
    timely: deque[NDArray[np.float64]] = field(default_factory=lambda: deque(maxlen=_RECENT))

    def take(self, beat_mv: NDArray[np.float64], *, log_rr_share: float, is_timely: bool) -> None:
        """Count one more beat of the family and move its mean a little."""
        self.beats += 1
        step = max(1.0 / self.beats, 1.0 / _RECENT)
        self.mean_mv = self.mean_mv + step * (beat_mv - self.mean_mv)
        self.log_rr_share += step * (log_rr_share - self.log_rr_share)
        self.weight += 1.0
        if is_timely:
            self.timely_weight += 1.0
            self.timely.append(beat_mv)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placed:
    """A beat shifted onto its family and onto the patient's median: ``(90,)`` mV at 100 Hz each."""

    family: Family
    share: float
    """Of the patient's recent beats, those of this family."""
    beat_mv: NDArray[np.float64]
    """Shifted onto the median."""
    median: MedianBeat
    qrs_likeness: float
    """Correlation of its QRS with the median's."""
    is_usual: bool
    """Whether its family is the one the median is of."""


class OwnBeats:
    """The families of one patient's beats on one lead."""

    def __init__(self) -> None:
        self._families: list[Family] = []
        self._usual: Family | None = None
        self._median: MedianBeat | None = None
        self._median_due = 0

    def place(self, cut_mv: NDArray[np.float64], *, log_rr_share: float, is_timely: bool) -> Placed:
        """Find or found the family of a ``(98,)`` cut, learn from it, and compare it with the median."""
        shifted = cut_mv[_SHIFTS]
        family, lag = self._family_of(shifted)
        self._age()
        family.take(shifted[lag], log_rr_share=log_rr_share, is_timely=is_timely)
        family.weight = min(family.weight, _MEMORY_BEATS)
        usual = self._choose_usual()
        median = self._median_of(usual)
        likenesses = _likenesses(shifted, [median.beat_mv])[0]
        onto = int(likenesses.argmax())
        total = sum(other.weight for other in self._families)
        return Placed(
            family=family,
            share=family.weight / total,
            beat_mv=shifted[onto],
            median=median,
            qrs_likeness=float(likenesses[onto]),
            is_usual=family is usual,
        )

    def _family_of(self, shifted: NDArray[np.float64]) -> tuple[Family, int]:
        if self._families:
            table = _likenesses(shifted, [family.mean_mv for family in self._families])
            height = float(np.ptp(shifted[BEAT_SLACK][QRS_ZONE]))
            for row, family in enumerate(self._families):
                share = height / max(float(np.ptp(family.mean_mv[QRS_ZONE])), 1e-6)
                if not _HEIGHTS[0] <= share <= _HEIGHTS[1]:
                    table[row] = -1.0
            best, lag = divmod(int(np.argmax(table)), _LAGS)
            if table[best, lag] >= _ALIKE:
                return self._families[best], lag
        return self._found(shifted[BEAT_SLACK])

    def _found(self, beat_mv: NDArray[np.float64]) -> tuple[Family, int]:
        if len(self._families) == _MOST_FAMILIES:
            spare = [family for family in self._families if family is not self._usual]
            self._families.remove(min(spare, key=lambda family: family.weight))
        self._families.append(Family(mean_mv=beat_mv.copy()))
        return self._families[-1], BEAT_SLACK

    def _age(self) -> None:
        for family in self._families:
            family.weight *= 1.0 - 1.0 / _MEMORY_BEATS
            family.timely_weight *= 1.0 - 1.0 / _MEMORY_BEATS

    def _choose_usual(self) -> Family:
        most = max(self._families, key=lambda family: (family.timely_weight, family.weight))
        if self._usual is None or most.timely_weight > _STEADINESS * self._usual.timely_weight:
            if most is not self._usual:
                self._median_due = 0
            self._usual = most
        return self._usual

    def _median_of(self, usual: Family) -> MedianBeat:
        """Point by point over the recent timely beats, taken anew every few of them."""
        self._median_due -= 1
        if self._median is None or self._median_due < 0:
            self._median_due = min(len(usual.timely) // 4, 8)
            rows = np.array(usual.timely) if usual.timely else usual.mean_mv[None, :]
            self._median = MedianBeat(np.median(rows, axis=0))
        return self._median


def _likenesses(shifted: NDArray[np.float64], shapes: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Correlations ``(shapes, lags)`` over the QRS."""
    rows = shifted[:, QRS_ZONE] - shifted[:, QRS_ZONE].mean(axis=1, keepdims=True)
    patterns = np.array(shapes)[:, QRS_ZONE]
    patterns = patterns - patterns.mean(axis=1, keepdims=True)
    powers = (patterns * patterns).sum(axis=1)[:, None] * (rows * rows).sum(axis=1)
    return np.asarray(patterns @ rows.T / np.sqrt(np.maximum(powers, 1e-18)))
