"""The patient's own median beat, and what it says of P waves and of beats unlike it."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vitals.features.resampling import COMMON_RATE_HZ

__all__ = ["BEAT_BEFORE_R_S", "BEAT_LENGTH", "BeatShape", "beat_shape"]

BEAT_BEFORE_R_S: Final = 0.35
BEAT_LENGTH: Final = 90
"""Points of a beat at 100 Hz: 0.35 s before R to 0.55 s after it."""

_R_AT: Final = round(BEAT_BEFORE_R_S * COMMON_RATE_HZ)
_P_WAVE: Final = slice(_R_AT - 25, _R_AT - 6)
_QRS: Final = slice(_R_AT - 8, _R_AT + 9)
_FEWEST_BEATS: Final = 3
_UNLIKE: Final = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class BeatShape:
    """A median beat in mV at 100 Hz, R at 0.35 s, and how the single beats stand to it."""

    median_mv: NDArray[np.float64]
    qrs_height_mv: float
    qrs_height_variation: float
    qrs_width_ms: float
    p_wave_share: float
    """Height of the median's P segment over the height of its QRS."""
    p_wave_consistency: float
    """Mean correlation of the beats' P segments with the median's: near 1 with P waves, else near 0."""
    likeness: float
    """Mean correlation of the single beats with the median."""
    unlike_share: float
    residue_share: float
    """What is left of the beats once the median is taken away, over the height of the QRS."""


def beat_shape(ecg_mv: NDArray[np.float64], r_peaks: NDArray[np.int64]) -> BeatShape | None:
    """Shape of the beats at ``r_peaks`` in ``(n,)`` mV at 100 Hz; ``None`` with fewer than three."""
    whole = r_peaks[(r_peaks >= _R_AT) & (r_peaks <= len(ecg_mv) - (BEAT_LENGTH - _R_AT))]
    if len(whole) < _FEWEST_BEATS:
        return None
    beats = ecg_mv[whole[:, None] + np.arange(-_R_AT, BEAT_LENGTH - _R_AT)[None, :]]
    beats = beats - np.median(beats, axis=1, keepdims=True)
    median = np.median(beats, axis=0)
    heights = np.ptp(beats[:, _QRS], axis=1)
    height_mv = float(np.ptp(median[_QRS])) or float(np.finfo(np.float64).tiny)
    likeness = _correlations(beats, median)
    return BeatShape(
        median_mv=median,
        qrs_height_mv=height_mv,
        qrs_height_variation=float(heights.std() / max(float(heights.mean()), 1e-6)),
        qrs_width_ms=_width_ms(median),
        p_wave_share=float(np.ptp(median[_P_WAVE]) / height_mv),
        p_wave_consistency=float(_correlations(beats[:, _P_WAVE], median[_P_WAVE]).mean()),
        likeness=float(likeness.mean()),
        unlike_share=float(np.mean(likeness < _UNLIKE)),
        residue_share=float(np.median(np.abs(beats - median)) / height_mv),
    )


def _correlations(rows: NDArray[np.float64], pattern: NDArray[np.float64]) -> NDArray[np.float64]:
    rows = rows - rows.mean(axis=1, keepdims=True)
    pattern = pattern - pattern.mean()
    norms = np.linalg.norm(rows, axis=1) * np.linalg.norm(pattern)
    return np.asarray(rows @ pattern / np.maximum(norms, 1e-9))


def _width_ms(median: NDArray[np.float64]) -> float:
    """Time for which the slope round R stays above a sixth of its steepest."""
    slope = np.abs(np.diff(median[_QRS]))
    steep = np.flatnonzero(slope > slope.max() / 6)
    return float(steep[-1] - steep[0] + 1) * 1000 / COMMON_RATE_HZ if len(steep) else 0.0
