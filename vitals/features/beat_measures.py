"""One beat held against the patient's own: what is measured of its QRS, its T wave and its P wave."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vitals.features.beat_cutting import BEAT_R_AT, CUT_LENGTH
from vitals.features.median_beat import QRS_ZONE, T_ZONE, likeness, qrs_spread_ms, qrs_width_ms, rms
from vitals.features.own_beats import Placed
from vitals.features.resampling import COMMON_RATE_HZ

__all__ = ["Shape", "expected_tail", "shape_of"]

_TAIL_FROM: Final = 10
_TAIL_TO: Final = BEAT_R_AT - 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What is measured of one beat; shares are of the QRS height of the patient's median beat."""

    height_mv: float
    median_height_mv: float
    qrs_width_ms: float
    median_qrs_width_ms: float
    qrs_spread_ms: float
    median_qrs_spread_ms: float
    qrs_likeness: float
    qrs_residue: float
    """What is left of the QRS once the best-fitting median and its slope are taken away, in 0 to above 1."""
    height_share: float
    """The median's factor in that fit: negative where the beat points the other way."""
    previous_likeness: float
    """Correlation of its QRS with that of the beat before it."""
    t_likeness: float
    t_residue: float
    p_likeness: float
    p_share: float
    """Factor of the median's P wave in the beat: 1 as usual, 0 where there is none."""
    p_residue: float
    p_tail_likeness: float
    p_tail_residue: float
    """Likewise once the T wave that the beat before leaves behind is taken away."""
    median_p_height: float
    family_share: float
    family_log_rr_share: float
    is_usual: bool


def shape_of(placed: Placed, tail_mv: NDArray[np.float64], previous_mv: NDArray[np.float64] | None) -> Shape:
    """Measure a placed beat.

    ``tail_mv`` is what the beat before leaves in its window, ``previous_mv`` is that beat, ``(90,)`` mV each.
    """
    beat, median = placed.beat_mv, placed.median
    fit, p_wave, p_alone = median.fit(beat), median.p_wave(beat), median.p_wave(beat - tail_mv)
    t_residue = beat[T_ZONE] - median.beat_mv[T_ZONE]
    return Shape(
        height_mv=float(np.ptp(beat[QRS_ZONE])),
        median_height_mv=median.height_mv,
        qrs_width_ms=qrs_width_ms(beat),
        median_qrs_width_ms=median.qrs_width_ms,
        qrs_spread_ms=qrs_spread_ms(beat),
        median_qrs_spread_ms=median.qrs_spread_ms,
        qrs_likeness=placed.qrs_likeness,
        qrs_residue=fit.residue,
        height_share=fit.factor,
        previous_likeness=1.0 if previous_mv is None else likeness(beat[QRS_ZONE], previous_mv[QRS_ZONE]),
        t_likeness=likeness(beat[T_ZONE], median.beat_mv[T_ZONE]),
        t_residue=rms(t_residue - t_residue.mean()) / median.height_mv,
        p_likeness=p_wave.likeness,
        p_share=p_wave.share,
        p_residue=p_wave.residue_mv / median.height_mv,
        p_tail_likeness=p_alone.likeness,
        p_tail_residue=p_alone.residue_mv / median.height_mv,
        median_p_height=median.p_height_share,
        family_share=placed.share,
        family_log_rr_share=placed.family.log_rr_share,
        is_usual=placed.is_usual,
    )


def expected_tail(before: NDArray[np.float64] | None, interval_s: float) -> NDArray[np.float64]:
    """Return what the beat before, by its family's mean, leaves in this beat's window up to its QRS."""
    tail = np.zeros(CUT_LENGTH)
    lag = round(interval_s * COMMON_RATE_HZ)
    first, end = max(0, BEAT_R_AT + _TAIL_FROM - lag), min(CUT_LENGTH - lag, _TAIL_TO)
    if before is not None and end > first:
        tail[first:end] = before[first + lag : end + lag]
    return tail
