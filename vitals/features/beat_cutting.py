"""Cut single beats out of an ECG as it streams in: any rate, one band, one length, in one product.

Resampling and filtering are one matrix a rate: a windowed sinc at the wanted places, less a slow weighted
mean. The phase is linear, so P waves and ST segments keep their form.
"""

from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vitals.errors import ValidationError
from vitals.features.resampling import COMMON_RATE_HZ

__all__ = ["BEAT_R_AT", "BEAT_SLACK", "CUT_AFTER_R_S", "CUT_LENGTH", "BeatCutter", "BeatFault"]

BEAT_R_AT: Final = 45
"""Points before R in a beat at 100 Hz: PR intervals up to 0.4 s are in it."""
CUT_LENGTH: Final = 90
BEAT_SLACK: Final = 4
"""Points cut in excess at both ends, so that a beat can be shifted against the patient's own."""

_RATE_RANGE_HZ: Final = (125.0, 360.0)
_HIGH_HZ: Final = 38.0
_SINC_S: Final = 0.06
_WANDER_S: Final = 0.7
"""Half the length of the Hann window whose mean is taken away: a high-pass near 0.7 Hz."""
CUT_AFTER_R_S: Final = (CUT_LENGTH - BEAT_R_AT + BEAT_SLACK) / COMMON_RATE_HZ + _WANDER_S
"""How much signal after R a cut needs."""
_CUT_BEFORE_R_S: Final = (BEAT_R_AT + BEAT_SLACK) / COMMON_RATE_HZ + _WANDER_S
_KEPT_S: Final = 20.0
_FLAT_MV: Final = 0.02
_FLAT_S: Final = 0.5
_LONGEST_APEX_S: Final = 0.1


class BeatFault(StrEnum):
    """Why a beat cannot be judged by its shape."""

    FLAT = "flat"
    CLIPPED = "clipped"
    TOO_OLD = "too-old"


class BeatCutter:
    """The last seconds of one lead in mV at 125 to 360 Hz, and beats cut from them."""

    def __init__(self, *, rate_hz: float) -> None:
        low_hz, high_hz = _RATE_RANGE_HZ
        if not low_hz <= rate_hz <= high_hz:
            raise ValidationError(
                f"beats are not judged at {rate_hz} Hz: resample to {low_hz:.0f}-{high_hz:.0f} Hz"
            )
        self.rate_hz = rate_hz
        self._before, self._after = round(_CUT_BEFORE_R_S * rate_hz), round(CUT_AFTER_R_S * rate_hz)
        self._matrix = _cutting_matrix(rate_hz, self._before, self._after)
        self._kept = round(_KEPT_S * rate_hz)
        self.reset()

    def reset(self) -> None:
        """Forget the signal: the next sample has index 0."""
        self._ecg: NDArray[np.float64] = np.empty(0)
        self.end = 0

    def push(self, ecg_mv: NDArray[np.floating]) -> None:
        """Take the next ``(n,)`` samples in mV.

        Raises
        ------
        ValidationError
            The samples are not one finite row. Nothing was taken.
        """
        samples = np.asarray(ecg_mv, dtype=np.float64)
        if samples.ndim != 1 or not np.isfinite(samples).all():
            raise ValidationError(
                "an ECG chunk must be one row of finite samples: treat the rest as a gap and restart"
            )
        self._ecg = np.concatenate([self._ecg, samples])[-max(self._kept, len(samples)) :]
        self.end += len(samples)

    def is_complete(self, at: int) -> bool:
        """Whether all the signal that the beat at this sample needs has come."""
        return at + self._after < self.end

    def cut(self, at: int) -> NDArray[np.float64] | BeatFault:
        """Return the beat with its R at this sample: ``(98,)`` mV at 100 Hz, R at point 49, or what is wrong.

        Before the first sample stands the first one.
        """
        start = at - self._before - (self.end - len(self._ecg))
        if start < 0 and self.end > len(self._ecg):
            return BeatFault.TOO_OLD
        raw = self._ecg[max(start, 0) : start + self._before + self._after + 1]
        if start < 0:
            raw = np.concatenate([np.full(-start, raw[0]), raw])
        around = raw[self._before - round(_FLAT_S * self.rate_hz) :][: round(2 * _FLAT_S * self.rate_hz)]
        if np.ptp(around) < _FLAT_MV:
            return BeatFault.FLAT
        if _is_clipped(around, round(_LONGEST_APEX_S * self.rate_hz)):
            return BeatFault.CLIPPED
        return np.asarray(self._matrix @ raw)


def _is_clipped(samples: NDArray[np.float64], longest: int) -> bool:
    """Whether the signal stays on its own largest or smallest value for longer than an apex can."""
    at_rail = (samples == samples.max()) | (samples == samples.min())
    edges = np.flatnonzero(np.diff(np.concatenate([[False], at_rail, [False]])))
    return bool((edges[1::2] - edges[::2]).max() > longest)


def _cutting_matrix(rate_hz: float, before: int, after: int) -> NDArray[np.float64]:
    """Weights ``(points, samples)`` of a low-pass at each point's place less those of a slow mean."""
    points_s = (np.arange(CUT_LENGTH + 2 * BEAT_SLACK) - BEAT_R_AT - BEAT_SLACK) / COMMON_RATE_HZ
    lag_s = np.arange(-before, after + 1)[None, :] / rate_hz - points_s[:, None]
    sinc = np.sinc(2 * _HIGH_HZ * lag_s) * _hann(lag_s, _SINC_S)
    mean = _hann(lag_s, _WANDER_S)
    matrix: NDArray[np.float64] = sinc / sinc.sum(axis=1, keepdims=True) - mean / mean.sum(
        axis=1, keepdims=True
    )
    return matrix


def _hann(lag_s: NDArray[np.float64], half_s: float) -> NDArray[np.float64]:
    inside = np.abs(lag_s) < half_s
    return np.where(inside, 0.5 + 0.5 * np.cos(np.pi * lag_s / half_s), 0.0)
