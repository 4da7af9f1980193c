"""The shape of a beat in a lead like II: a sum of Gaussians (McSharry et al., IEEE TBME 2003;50:289-294).

A beat from a ventricle is wide (over 120 ms), has no P wave and a T wave against its QRS (Surawicz et al.,
AHA/ACCF/HRS recommendations, JACC 2009;53:976-981).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from firmware_sim.recordings import Beat

__all__ = ["AFTER_R_S", "BEFORE_R_S", "QRS_MV", "BeatShape", "f_waves_mv"]

BEFORE_R_S: Final = 0.3
AFTER_R_S: Final = 0.8
"""A beat writes nothing outside of these seconds around its R peak."""
QRS_MV: Final = 1.3
"""From the deepest to the highest point of a usual QRS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wave:
    """One Gaussian of a beat: height, place after R and standard deviation, at an RR interval of 1 s."""

    height_mv: float
    after_r_s: float
    width_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    qrs: tuple[_Wave, ...]
    t: _Wave


_P: Final = _Wave(height_mv=0.12, after_r_s=-0.16, width_s=0.022)

_KINDS: Final[Mapping[str, _Kind]] = MappingProxyType(
    {
        "N": _Kind(
            qrs=(
                _Wave(height_mv=-0.09, after_r_s=-0.026, width_s=0.009),
                _Wave(height_mv=1.1, after_r_s=0.0, width_s=0.011),
                _Wave(height_mv=-0.22, after_r_s=0.028, width_s=0.010),
            ),
            t=_Wave(height_mv=0.27, after_r_s=0.30, width_s=0.045),
        ),
        "V": _Kind(
            qrs=(
                _Wave(height_mv=0.35, after_r_s=-0.042, width_s=0.020),
                _Wave(height_mv=1.35, after_r_s=0.0, width_s=0.026),
                _Wave(height_mv=-0.35, after_r_s=0.070, width_s=0.022),
            ),
            t=_Wave(height_mv=-0.38, after_r_s=0.32, width_s=0.055),
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BeatShape:
    """One beat as it is drawn; the interval before it sets how soon its T wave comes."""

    beat: Beat
    rr_before_s: float
    p_wave: bool

    def ecg_mv(self, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the beat's share of the samples at `t_s`; a fast heart's T wave comes sooner (Bazett)."""
        after_r_s, kind = t_s - self.beat.at_s, _KINDS[self.beat.symbol]
        ecg_mv = _gaussian(after_r_s, kind.t, sqrt(min(self.rr_before_s, _USUAL_RR_S) / _USUAL_RR_S))
        for wave in (*kind.qrs, _P) if self.p_wave else kind.qrs:
            ecg_mv += _gaussian(after_r_s, wave, 1.0)
        return ecg_mv


def f_waves_mv(t_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the fibrillating atria at size 1: a sawtooth near 6 Hz whose pace and size wander.

    After Stridh and Sornmo, IEEE TBME 2001;48:105-111.
    """
    size = 1.0 + 0.25 * np.sin(2.0 * np.pi * 0.13 * t_s)
    phase = 2.0 * np.pi * _F_WAVE_HZ * t_s + 1.5 * np.sin(2.0 * np.pi * 0.2 * t_s)
    sawtooth = np.sin(phase) + np.sin(2.0 * phase) / 2.0 + np.sin(3.0 * phase) / 3.0
    waves: NDArray[np.float64] = size * sawtooth
    return waves


_USUAL_RR_S: Final = 1.0
_F_WAVE_HZ: Final = 6.1


def _gaussian(after_r_s: NDArray[np.float64], wave: _Wave, pace: float) -> NDArray[np.float64]:
    distance = (after_r_s - pace * wave.after_r_s) / (pace * wave.width_s)
    value: NDArray[np.float64] = wave.height_mv * np.exp(-0.5 * distance**2)
    return value
