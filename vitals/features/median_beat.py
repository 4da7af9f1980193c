"""The patient's median beat, with all that is measured of it once so that each beat is compared cheaply."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vitals.features.beat_cutting import BEAT_R_AT, CUT_LENGTH
from vitals.features.resampling import COMMON_RATE_HZ

__all__ = ["P_ZONE", "QRS_ZONE", "T_ZONE", "MedianBeat", "likeness", "qrs_spread_ms", "qrs_width_ms", "rms"]

P_ZONE: Final = slice(BEAT_R_AT - 28, BEAT_R_AT - 6)
QRS_ZONE: Final = slice(BEAT_R_AT - 10, BEAT_R_AT + 17)
T_ZONE: Final = slice(BEAT_R_AT + 17, CUT_LENGTH)
_WIDTH_ZONE: Final = slice(BEAT_R_AT - 14, BEAT_R_AT + 19)
_STEEP_SHARE: Final = 0.15
_REST: Final = 4
_P_LAGS: Final = 3
_P_PLACES: Final = np.arange(P_ZONE.start, P_ZONE.stop) + np.arange(-_P_LAGS, _P_LAGS + 1)[:, None]
_TINY_MV: Final = 0.01
_POINTS: Final = np.arange(_WIDTH_ZONE.stop - _WIDTH_ZONE.start - 1)


class Fit(NamedTuple):
    """How a QRS is made of the median's: the factor, and the share of it that is left over."""

    factor: float
    residue: float


class PWave(NamedTuple):
    """The median's P wave in a beat: likeness, factor, and the rms of the difference in mV."""

    likeness: float
    share: float
    residue_mv: float


class MedianBeat:
    """A median beat of ``(90,)`` mV at 100 Hz, R at 0.45 s."""

    def __init__(self, beat_mv: NDArray[np.float64]) -> None:
        self.beat_mv = beat_mv
        qrs = beat_mv[QRS_ZONE]
        self.height_mv = max(float(np.ptp(qrs)), _TINY_MV)
        self.qrs_width_ms = qrs_width_ms(beat_mv)
        self.qrs_spread_ms = qrs_spread_ms(beat_mv)
        self._basis = np.stack([qrs, np.gradient(beat_mv)[QRS_ZONE], np.ones(len(qrs))])
        gram = self._basis @ self._basis.T + 1e-9 * np.eye(3)
        self._solve: NDArray[np.float64] = np.linalg.solve(gram, self._basis)
        self._p_mv = _LEVELLING @ beat_mv[P_ZONE]
        self._p_power = max(float(self._p_mv @ self._p_mv), 1e-9)
        self.p_height_share = float(np.ptp(self._p_mv)) / self.height_mv

    def fit(self, beat_mv: NDArray[np.float64]) -> Fit:
        """Least squares of a beat's QRS by the median's, its slope (a small shift) and a level."""
        qrs = beat_mv[QRS_ZONE]
        weights = self._solve @ qrs
        left = rms(qrs - weights @ self._basis)
        return Fit(float(weights[0]), left / max(rms(qrs - qrs.mean()), _TINY_MV))

    def p_wave(self, beat_mv: NDArray[np.float64]) -> PWave:
        """Look for the P wave where it is most alike, within 30 ms of its usual place."""
        here = beat_mv[_P_PLACES] @ _LEVELLING.T
        products = here @ self._p_mv
        powers = np.maximum((here * here).sum(axis=1), 1e-9)
        likenesses = products / np.sqrt(powers * self._p_power)
        best = int(likenesses.argmax())
        return PWave(
            float(likenesses[best]), float(products[best]) / self._p_power, rms(here[best] - self._p_mv)
        )


def likeness(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Correlation of two stretches of equal length; 0 where one of them is flat."""
    first, second = first - first.mean(), second - second.mean()
    norm = float(np.sqrt((first @ first) * (second @ second)))
    return float(first @ second) / norm if norm > 0 else 0.0


def rms(values: NDArray[np.float64]) -> float:
    """Root mean square."""
    return float(np.sqrt(values @ values / len(values)))


def qrs_width_ms(beat_mv: NDArray[np.float64]) -> float:
    """Time round the steepest slope for which it stays steep, short rests at turning points included."""
    zone = beat_mv[_WIDTH_ZONE]
    slope = np.abs(zone[1:] - zone[:-1])
    peak = int(slope.argmax())
    steep = np.flatnonzero(slope > _STEEP_SHARE * slope[peak])
    if not len(steep):
        return 0.0
    edges = np.flatnonzero(steep[1:] - steep[:-1] > _REST) + 1
    group = int(np.searchsorted(steep[edges], peak, side="right"))
    bounds = [0, *edges.tolist(), len(steep)]
    first, last = int(steep[bounds[group]]), int(steep[bounds[group + 1] - 1])
    return float(last - first + 1) * 1000 / COMMON_RATE_HZ


def qrs_spread_ms(beat_mv: NDArray[np.float64]) -> float:
    """Return the standard deviation in time of the energy of the slope: wide beats spread it."""
    zone = beat_mv[_WIDTH_ZONE]
    energy = (zone[1:] - zone[:-1]) ** 2
    total = max(float(energy.sum()), 1e-12)
    middle = float(energy @ _POINTS) / total
    return float(np.sqrt(energy @ (_POINTS - middle) ** 2 / total)) * 1000 / COMMON_RATE_HZ


def _levelling() -> NDArray[np.float64]:
    """Matrix that takes from a P zone the straight line between its ends and then its mean."""
    length = P_ZONE.stop - P_ZONE.start
    ends = np.zeros((2, length))
    ends[0, :3] = ends[1, -3:] = 1 / 3
    rise = np.linspace(0.0, 1.0, length)
    levelled = np.eye(length) - np.stack([1.0 - rise, rise], axis=1) @ ends
    return np.asarray(levelled - levelled.mean(axis=0, keepdims=True))


_LEVELLING: Final = _levelling()
