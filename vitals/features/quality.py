"""Whether a stretch of ECG can be judged at all, and if not, why.

After Orphanidou et al. (IEEE JBHI 2015;19:832-838: plausible beats, then likeness to their own template) and
Zhao and Zhang (Front Physiol 2018;9:727: share of power in the QRS band), each as one row with one limit.
What tells noise best is how steep the signal is where no beat is, while beats are unlike: `_noise_between`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vitals.errors import ValidationError
from vitals.features.beat_shape import beat_shape
from vitals.features.resampling import COMMON_RATE_HZ, to_common_rate

__all__ = ["USABLE", "EcgQuality", "QualityReason", "assess_ecg", "clipped_share"]

USABLE: Final = 0.5
"""A stretch that scores less is not to be judged."""

_SHORTEST_S: Final = 2.0
_FLAT_STEP_MV: Final = 0.002
_PLAUSIBLE_RR_S: Final = (0.2, 3.0)
_QRS_REACH: Final = 9
_BETWEEN_REACH: Final = 12
"""Points at the common rate on each side of R that hold a QRS, and that are left out between beats."""
_FEWEST_BETWEEN: Final = 20
_PLAINLY_UNLIKE: Final = 0.4
_FEWEST_BEATS: Final = 3


class QualityReason(StrEnum):
    """Why a stretch is not fully trusted."""

    FLAT = "flat"
    CLIPPED = "clipped"
    BASELINE_WANDER = "baseline-wander"
    MUSCLE_NOISE = "muscle-noise"
    NOISE_BETWEEN_BEATS = "noise-between-beats"
    IMPLAUSIBLE_BEATS = "implausible-beats"
    BEATS_UNLIKE_EACH_OTHER = "beats-unlike-each-other"
    NO_HEARTS_HEIGHT = "no-hearts-height"


@dataclass(frozen=True, slots=True, kw_only=True)
class EcgQuality:
    """How far a stretch can be judged: 1 without fault, not at all below 0.5; and what is wrong with it."""

    score: float
    reasons: frozenset[QualityReason]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stretch:
    ecg_mv: NDArray[np.float64]
    common_mv: NDArray[np.float64]
    rate_hz: float
    r_peaks: NDArray[np.int64]


def _flat_share(stretch: _Stretch) -> float:
    """Share of half seconds in which the signal hardly moves."""
    length = round(0.5 * stretch.rate_hz)
    rows = stretch.ecg_mv[: len(stretch.ecg_mv) // length * length].reshape(-1, length)
    return float(np.mean(np.ptp(rows, axis=1) < 5 * _FLAT_STEP_MV))


def _clipped_share(stretch: _Stretch) -> float:
    return clipped_share(stretch.ecg_mv)


def clipped_share(ecg: NDArray[np.float64]) -> float:
    """Share of ``(n,)`` mV that stay on the largest or the smallest value for three samples or more."""
    span = float(np.ptp(ecg))
    if span < 5 * _FLAT_STEP_MV:
        return 0.0
    at_rail = (ecg >= ecg.max() - 1e-3 * span) | (ecg <= ecg.min() + 1e-3 * span)
    run = at_rail[:-2] & at_rail[1:-1] & at_rail[2:]
    return float(run.mean())


def _wander_ratio(stretch: _Stretch) -> float:
    """Swing of the baseline, of half-second means, over that of the band of the heart."""
    length = round(0.5 * stretch.rate_hz)
    means = stretch.ecg_mv[: len(stretch.ecg_mv) // length * length].reshape(-1, length).mean(axis=1)
    return float(np.ptp(means)) / max(_height_mv(stretch), 0.05)


def _muscle_ratio(stretch: _Stretch) -> float:
    """Middle size of the curvature between beats over the height of the QRS."""
    curvature = np.abs(np.diff(stretch.common_mv, n=2))
    return float(np.median(curvature)) / max(_height_mv(stretch), 0.05)


def _noise_between(stretch: _Stretch) -> float:
    """Slope between beats that a tenth of the samples exceed, over the steepest of the middle QRS.

    It counts in full only where the beats are unlike each other: wide, fast beats leave no rest between them,
    but are alike. 0 where there is too little to say.
    """
    ecg, length = stretch.common_mv, len(stretch.common_mv)
    r_peaks = np.round(stretch.r_peaks * COMMON_RATE_HZ / stretch.rate_hz).astype(np.int64)
    whole = r_peaks[(r_peaks > _QRS_REACH) & (r_peaks < length - _QRS_REACH)]
    outside = np.ones(length - 1, dtype=bool)
    for r_peak in whole:
        outside[max(r_peak - _BETWEEN_REACH - 1, 0) : r_peak + _BETWEEN_REACH + 1] = False
    if len(whole) < _FEWEST_BEATS or outside.sum() <= _FEWEST_BETWEEN:
        return 0.0
    slope = np.abs(np.diff(ecg))
    steepest = slope[whole[:, None] + np.arange(-_QRS_REACH, _QRS_REACH)].max(axis=1)
    ratio = float(np.quantile(slope[outside], 0.9)) / max(float(np.median(steepest)), 1e-3)
    return ratio * min(_unlikeness(stretch) / _PLAINLY_UNLIKE, 1.0)


def _implausible_beats_share(stretch: _Stretch) -> float:
    """Share of the stretch without a plausible beat to stand for it."""
    edges = np.concatenate([[0], stretch.r_peaks, [len(stretch.ecg_mv) - 1]]) / stretch.rate_hz
    intervals_s = np.diff(edges)
    shortest_s, longest_s = _PLAUSIBLE_RR_S
    inner_short = intervals_s[1:-1] < shortest_s
    lost_s = float(intervals_s[intervals_s > longest_s].sum() + intervals_s[1:-1][inner_short].sum())
    return lost_s / max(float(edges[-1]), 1e-9)


def _unlikeness(stretch: _Stretch) -> float:
    """One less the mean correlation of the beats with their median; 0 where there are too few to say."""
    at_common = np.round(stretch.r_peaks * COMMON_RATE_HZ / stretch.rate_hz).astype(np.int64)
    shape = beat_shape(stretch.common_mv, at_common)
    return 1.0 - shape.likeness if shape else 0.0


def _height_mv(stretch: _Stretch) -> float:
    low, high = np.quantile(stretch.common_mv, (0.005, 0.995))
    return float(high - low)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fault:
    """A measure of one fault: no harm done up to ``fine``, nothing left to judge from ``ruinous``."""

    reason: QualityReason
    measure: Callable[[_Stretch], float]
    fine: float
    ruinous: float


_FAULTS: Final = (
    _Fault(reason=QualityReason.FLAT, measure=_flat_share, fine=0.1, ruinous=0.5),
    _Fault(reason=QualityReason.CLIPPED, measure=_clipped_share, fine=0.02, ruinous=0.15),
    _Fault(reason=QualityReason.BASELINE_WANDER, measure=_wander_ratio, fine=2.0, ruinous=8.0),
    _Fault(reason=QualityReason.MUSCLE_NOISE, measure=_muscle_ratio, fine=0.03, ruinous=0.15),
    _Fault(reason=QualityReason.NOISE_BETWEEN_BEATS, measure=_noise_between, fine=0.12, ruinous=0.42),
    _Fault(reason=QualityReason.IMPLAUSIBLE_BEATS, measure=_implausible_beats_share, fine=0.1, ruinous=0.6),
    _Fault(reason=QualityReason.BEATS_UNLIKE_EACH_OTHER, measure=_unlikeness, fine=0.5, ruinous=1.0),
    _Fault(reason=QualityReason.NO_HEARTS_HEIGHT, measure=_height_mv, fine=12.0, ruinous=20.0),
)


def assess_ecg(
    ecg_mv: NDArray[np.floating], rate_hz: float, r_peaks: NDArray[np.integer] | list[int]
) -> EcgQuality:
    """Judge ``(n,)`` samples in mV and the indices of their R peaks: the score is that of the worst fault.

    Raises
    ------
    ValidationError
        The stretch is shorter than two seconds or not finite.
    """
    samples = np.asarray(ecg_mv, dtype=np.float64)
    if samples.ndim != 1 or len(samples) < _SHORTEST_S * rate_hz or not np.isfinite(samples).all():
        raise ValidationError(
            f"quality is judged on {_SHORTEST_S:.0f} s or more of finite samples: gather more"
        )
    stretch = _Stretch(
        ecg_mv=samples,
        common_mv=to_common_rate(samples, rate_hz),
        rate_hz=rate_hz,
        r_peaks=np.asarray(r_peaks, dtype=np.int64),
    )
    trust = {fault.reason: _trust(fault.measure(stretch), fault) for fault in _FAULTS}
    return EcgQuality(
        score=round(min(trust.values()), 3),
        reasons=frozenset(reason for reason, share in trust.items() if share < 1.0),
    )


def _trust(measure: float, fault: _Fault) -> float:
    return float(np.clip((fault.ruinous - measure) / (fault.ruinous - fault.fine), 0.0, 1.0))
