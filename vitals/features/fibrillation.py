"""How far four seconds of ECG look like a ventricle that flutters or fibrillates: no beats, only a wave.

Two published measures, each with its author's own limit, and two that keep noise and single beats out. Kuo
and Dillman (Computers in Cardiology 1978:347-349): shifted by half its mean period and added to itself, a
wave like a sine leaks little. Arafat, Chowdhury and Hasan (Signal Image Video Process 2011;5:1-10): a
fibrillating signal spends much of its time far from zero, one of narrow beats does not.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vitals.errors import ValidationError
from vitals.features.quality import clipped_share
from vitals.features.resampling import COMMON_RATE_HZ, to_common_rate

__all__ = ["FIBRILLATION_WINDOW_S", "FibrillationSigns", "fibrillation_signs", "looks_like_fibrillation"]

FIBRILLATION_WINDOW_S: Final = 4.0

_SEGMENT_S: Final = 3.0
_TAPER_S: Final = 0.25
_CROSSING: Final = 0.2
_BAND_HZ: Final = (0.5, 20.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class FibrillationSigns:
    """What is measured of a window."""

    leakage: float
    """What is left of the signal once shifted by half a period: near 0 of a sine, near 1 of anything else."""
    time_far_from_zero_share: float
    peakedness: float
    """The kurtosis: 1.5 of a sine, 3 of noise, over 10 of narrow beats on a baseline."""
    height_mv: float
    dominant_hz: float
    clipped_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sign:
    """One row: a measure that speaks for fibrillation, and up to where or from where on."""

    holds: Callable[[FibrillationSigns], bool]
    source: str


_SIGNS: Final = (
    _Sign(holds=lambda s: s.leakage <= 0.625, source="Kuo and Dillman 1978"),  # noqa: PLR2004 - cited
    _Sign(holds=lambda s: s.time_far_from_zero_share > 0.48, source="Arafat et al. 2011"),  # noqa: PLR2004 - cited
    _Sign(holds=lambda s: s.peakedness < 4.0, source="above noise, below beats: of a wave, not of spikes"),  # noqa: PLR2004 - cited
    _Sign(
        holds=lambda s: 2.0 <= s.dominant_hz <= 10.0,  # noqa: PLR2004 - cited
        source="ACC/AHA/ESC 2006 (Zipes et al.): flutter and fibrillation beat 150 to 500 times a minute",
    ),
    _Sign(holds=lambda s: s.clipped_share < 0.1, source="a saturated input is flat, not a wave"),  # noqa: PLR2004 - cited
    _Sign(holds=lambda s: s.height_mv >= 0.2, source="coarse fibrillation; less is taken for asystole"),  # noqa: PLR2004 - cited
)
"""All must hold."""


def fibrillation_signs(ecg_mv: NDArray[np.floating], rate_hz: float) -> FibrillationSigns:
    """Measure ``(n,)`` mV, four seconds of one lead at 125 to 360 Hz.

    Raises
    ------
    ValidationError
        It is not four seconds of finite samples.
    """
    samples = np.asarray(ecg_mv, dtype=np.float64)
    if samples.shape != (round(FIBRILLATION_WINDOW_S * rate_hz),) or not np.isfinite(samples).all():
        raise ValidationError(
            f"fibrillation is looked for in {FIBRILLATION_WINDOW_S:.0f} s of finite samples: cut the window"
        )
    wave = to_common_rate(samples, rate_hz)
    wave -= wave.mean()
    return FibrillationSigns(
        leakage=_leakage(wave),
        time_far_from_zero_share=_time_far_from_zero(wave),
        peakedness=float(np.mean(wave**4) / max(float(np.mean(wave**2)) ** 2, 1e-12)),
        height_mv=float(np.ptp(wave)),
        dominant_hz=_dominant_hz(wave),
        clipped_share=clipped_share(samples),
    )


def looks_like_fibrillation(signs: FibrillationSigns) -> bool:
    """Tell whether every sign speaks for flutter or fibrillation."""
    return all(sign.holds(signs) for sign in _SIGNS)


def _leakage(wave: NDArray[np.float64]) -> float:
    travel = float(np.abs(np.diff(wave)).sum())
    half_period = round(np.pi * float(np.abs(wave).sum()) / travel + 0.5) if travel > 0 else 0
    if not 1 <= half_period < len(wave) // 2:
        return 1.0
    late, early = wave[half_period:], wave[:-half_period]
    return float(np.abs(late + early).sum() / max(float((np.abs(late) + np.abs(early)).sum()), 1e-9))


def _time_far_from_zero(wave: NDArray[np.float64]) -> float:
    """Mean over segments of three seconds of the share of samples that reach a fifth of the highest."""
    length = round(_SEGMENT_S * COMMON_RATE_HZ)
    starts = range(0, len(wave) - length + 1, COMMON_RATE_HZ)
    segments = np.abs(np.stack([wave[start : start + length] for start in starts]) * _taper(length))
    peaks = np.maximum(segments.max(axis=1, keepdims=True), 1e-9)
    return float(np.mean(segments > _CROSSING * peaks))


def _taper(length: int) -> NDArray[np.float64]:
    rise_s = np.minimum(np.arange(length), np.arange(length)[::-1]) / COMMON_RATE_HZ
    return 0.5 - 0.5 * np.cos(np.pi * np.minimum(rise_s / _TAPER_S, 1.0))


def _dominant_hz(wave: NDArray[np.float64]) -> float:
    power = np.abs(np.fft.rfft(wave * np.hanning(len(wave)))) ** 2
    frequency_hz = np.arange(len(power)) * COMMON_RATE_HZ / len(wave)
    low, high = np.searchsorted(frequency_hz, _BAND_HZ)
    return float(frequency_hz[low + int(np.argmax(power[low:high]))])
