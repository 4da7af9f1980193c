"""How regular a row of heart beats is: the usual measures of RR intervals, each ``None`` when too few beats.

Sources: Task Force on heart rate variability (Circulation 1996;93:1043-1065) for RMSSD and pNN50; Lake and
Moorman (Am J Physiol 2011;300:H319-H325) for sample entropy of short rows; Sarkar, Ritscher and Mehra (IEEE
TBME 2008;55:1219-1224) for the plot of successive differences against each other.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["RrIrregularity", "rr_irregularity", "sample_entropy"]

FEWEST_INTERVALS: Final = 4
_ENTROPY_TOLERANCE_MS: Final = 30.0
_SAME_MS: Final = 40.0
_SMALL_STEP_MS: Final = 20.0
_LARGE_STEP_MS: Final = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RrIrregularity:
    """Measures of a row of RR intervals; shares lie in 0 to 1."""

    mean_ms: float
    median_ms: float
    shortest_ms: float
    longest_ms: float
    coefficient_of_variation: float
    rmssd_ms: float
    share_over_20_ms: float
    share_over_50_ms: float
    median_difference_share: float
    sample_entropy: float
    entropy_per_rate: float
    pairs_at_origin_share: float
    alternation_share: float
    premature_share: float
    lag_1_correlation: float
    lag_2_correlation: float


def rr_irregularity(rr_ms: NDArray[np.floating]) -> RrIrregularity | None:
    """Measure ``(n,)`` intervals in ms; ``None`` with fewer than four of them."""
    rr = np.asarray(rr_ms, dtype=np.float64)
    if len(rr) < FEWEST_INTERVALS:
        return None
    steps = np.diff(rr)
    size = np.abs(steps)
    mean_ms, median_ms = float(rr.mean()), float(np.median(rr))
    entropy = sample_entropy(rr)
    return RrIrregularity(
        mean_ms=mean_ms,
        median_ms=median_ms,
        shortest_ms=float(rr.min()),
        longest_ms=float(rr.max()),
        coefficient_of_variation=float(rr.std()) / mean_ms,
        rmssd_ms=float(np.sqrt(np.mean(steps**2))),
        share_over_20_ms=float(np.mean(size > _SMALL_STEP_MS)),
        share_over_50_ms=float(np.mean(size > _LARGE_STEP_MS)),
        median_difference_share=float(np.median(size)) / mean_ms,
        sample_entropy=entropy,
        entropy_per_rate=entropy + float(np.log(2 * _ENTROPY_TOLERANCE_MS / mean_ms)),
        pairs_at_origin_share=float(np.mean((size[1:] < _SAME_MS) & (size[:-1] < _SAME_MS))),
        alternation_share=float(np.mean((steps[1:] * steps[:-1] < 0) & (size[1:] > _SAME_MS))),
        premature_share=float(np.mean((rr[:-1] < 0.85 * median_ms) & (steps > 0.15 * median_ms))),
        lag_1_correlation=_autocorrelation(rr, 1),
        lag_2_correlation=_autocorrelation(rr, 2),
    )


def sample_entropy(rr_ms: NDArray[np.floating]) -> float:
    """Negative log of the chance that intervals alike to within 30 ms are followed by alike ones (m = 1).

    Counts of matches start at one half, so that a row without a match has a large, finite entropy.
    """
    rr = np.asarray(rr_ms, dtype=np.float64)
    alike = np.abs(rr[:, None] - rr[None, :]) <= _ENTROPY_TOLERANCE_MS
    first, second = alike[:-1, :-1], alike[1:, 1:]
    above = np.triu_indices(len(first), k=1)
    ones, twos = first[above].sum() + 0.5, (first & second)[above].sum() + 0.5
    return float(np.log(ones / twos))


def _autocorrelation(rr: NDArray[np.float64], lag: int) -> float:
    centred = rr - rr.mean()
    power = float(np.dot(centred, centred))
    return float(np.dot(centred[lag:], centred[:-lag])) / power if power > 0 else 0.0
