"""Numbers that tell an early, a wide or a strange beat: of its time, of its QRS and of its P wave."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from vitals.features.beat_cutting import BEAT_R_AT, CUT_LENGTH
from vitals.features.own_beats import P_ZONE, QRS_ZONE, T_ZONE, Placed, likeness
from vitals.features.resampling import COMMON_RATE_HZ

__all__ = ["Shape", "expected_tail", "shape_of"]

_STEEP_SHARE: Final = 0.15
_WIDTH_ZONE: Final = slice(BEAT_R_AT - 14, BEAT_R_AT + 19)
_REST: Final = 4
_P_LAGS: Final = 3
_TINY_MV: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One beat held against the patient's median beat; shares are of the median's QRS height."""

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


def shape_of(placed: Placed, tail_mv: NDArray[np.float64], *, is_usual: bool) -> Shape:
    """Measure a placed beat; ``tail_mv`` is what the beat before leaves in its window, ``(90,)`` mV."""
    beat, median = placed.beat_mv, placed.median_mv
    height = max(float(np.ptp(median[QRS_ZONE])), _TINY_MV)
    factor, residue = _fit(beat, median)
    p_likeness, p_share, p_residue = _p_wave(beat, median)
    tail_likeness, _, tail_residue = _p_wave(beat - tail_mv, median)
    return Shape(
        height_mv=float(np.ptp(beat[QRS_ZONE])),
        median_height_mv=height,
        qrs_width_ms=_width_ms(beat),
        median_qrs_width_ms=_width_ms(median),
        qrs_spread_ms=_spread_ms(beat),
        median_qrs_spread_ms=_spread_ms(median),
        qrs_likeness=likeness(beat[QRS_ZONE], median[QRS_ZONE]),
        qrs_residue=residue,
        height_share=factor,
        t_likeness=likeness(beat[T_ZONE], median[T_ZONE]),
        t_residue=_rms(_centred(beat[T_ZONE] - median[T_ZONE])) / height,
        p_likeness=p_likeness,
        p_share=p_share,
        p_residue=p_residue / height,
        p_tail_likeness=tail_likeness,
        p_tail_residue=tail_residue / height,
        median_p_height=float(np.ptp(_LEVELLING @ median[P_ZONE])) / height,
        family_share=placed.share,
        family_log_rr_share=placed.family.log_rr_share,
        is_usual=is_usual,
    )


def expected_tail(before: NDArray[np.float64] | None, interval_s: float) -> NDArray[np.float64]:
    """Return what the beat before, by its family's mean, leaves in this beat's window up to its QRS."""
    tail = np.zeros(CUT_LENGTH)
    lag = round(interval_s * COMMON_RATE_HZ)
    end = min(CUT_LENGTH - lag, BEAT_R_AT - 6)
    first = max(0, BEAT_R_AT + 10 - lag)
    if before is not None and end > first:
        tail[first:end] = before[first + lag : end + lag]
    return tail


def _fit(beat: NDArray[np.float64], median: NDArray[np.float64]) -> tuple[float, float]:
    """Least squares of the beat's QRS by the median's, its slope and a level: its factor and what is left."""
    basis = np.stack(
        [median[QRS_ZONE], np.gradient(median)[QRS_ZONE], np.ones(QRS_ZONE.stop - QRS_ZONE.start)]
    )
    gram = basis @ basis.T + 1e-9 * np.eye(3)
    weights = np.linalg.solve(gram, basis @ beat[QRS_ZONE])
    left = beat[QRS_ZONE] - weights @ basis
    return float(weights[0]), _rms(left) / max(_rms(_centred(beat[QRS_ZONE])), _TINY_MV)


def _p_wave(beat: NDArray[np.float64], median: NDArray[np.float64]) -> tuple[float, float, float]:
    """Best likeness within 30 ms of the usual place, the factor there, and the difference's rms in mV."""
    usual = _LEVELLING @ median[P_ZONE]
    around = beat[P_ZONE.start - _P_LAGS : P_ZONE.stop + _P_LAGS]
    here = sliding_window_view(around, len(usual)) @ _LEVELLING.T
    products, power = here @ usual, max(float(usual @ usual), 1e-9)
    powers = np.maximum(np.einsum("lp,lp->l", here, here), 1e-9)
    likenesses: NDArray[np.float64] = products / np.sqrt(powers * power)
    best = int(np.argmax(likenesses))
    return float(likenesses[best]), float(products[best]) / power, _rms(here[best] - usual)


def _width_ms(beat: NDArray[np.float64]) -> float:
    """Time round the steepest slope for which it stays steep, short rests at turning points included."""
    slope = np.abs(np.diff(beat[_WIDTH_ZONE]))
    steep = np.flatnonzero(slope > _STEEP_SHARE * slope.max())
    if not len(steep):
        return 0.0
    groups = np.split(steep, np.flatnonzero(np.diff(steep) > _REST) + 1)
    peak = int(np.argmax(slope))
    chosen = next(group for group in groups if group[0] <= peak <= group[-1])
    return float(chosen[-1] - chosen[0] + 1) * 1000 / COMMON_RATE_HZ


def _spread_ms(beat: NDArray[np.float64]) -> float:
    """Return the standard deviation in time of the energy of the slope: wide beats spread it."""
    energy = np.diff(beat[_WIDTH_ZONE]) ** 2
    total = max(float(energy.sum()), 1e-12)
    place = np.arange(len(energy))
    middle = float(energy @ place) / total
    return float(np.sqrt(energy @ (place - middle) ** 2 / total)) * 1000 / COMMON_RATE_HZ


def _levelling() -> NDArray[np.float64]:
    """Matrix that takes from a P zone the straight line between its ends and then its mean."""
    length = P_ZONE.stop - P_ZONE.start
    ends = np.zeros((2, length))
    ends[0, :3] = ends[1, -3:] = 1 / 3
    rise = np.linspace(0.0, 1.0, length)
    levelled = np.eye(length) - np.stack([1.0 - rise, rise], axis=1) @ ends
    return np.asarray(levelled - levelled.mean(axis=0, keepdims=True))


def _centred(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(values - values.mean())


def _rms(values: NDArray[np.float64]) -> float:
    return float(np.sqrt(values @ values / len(values)))


_LEVELLING: Final = _levelling()
