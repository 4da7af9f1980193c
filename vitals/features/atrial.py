"""What is left of an ECG once its ventricular beats are taken away: where fibrillation waves show.

After Stridh and Sornmo (IEEE TBME 2001;48:105-111): the median beat is subtracted at each R peak, and the
rest is looked at between 3 and 12 Hz, where fibrillation waves have one broad peak near 4 to 9 Hz.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vitals.features.beat_forms import Beats
from vitals.features.resampling import COMMON_RATE_HZ

__all__ = ["AtrialActivity", "atrial_activity"]

_R: Final = 35
_KEPT: Final = slice(5, 80)
_BAND_HZ: Final = (3.0, 12.0)
_FIBRILLATION_HZ: Final = (4.0, 9.0)
_WHOLE_HZ: Final = (1.0, 30.0)
_SMOOTHED: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class AtrialActivity:
    """The rest's power between 4 and 9 Hz, and how it is gathered in one peak between 3 and 12 Hz."""

    fibrillation_band_share: float
    sharpest_share: float
    peak_hz: float
    peak_share: float
    height_share: float
    """Size of the rest between 3 and 12 Hz over the height of the QRS, times ten."""


def atrial_activity(ecg_mv: NDArray[np.float64], beats: Beats) -> AtrialActivity:
    """Measure ``(n,)`` mV at 100 Hz and the whole beats that were cut from it."""
    rest = ecg_mv.copy()
    median = beats.median_mv[_KEPT]
    beat = median - np.linspace(median[0], median[-1], len(median))
    at = beats.at[:, None] + np.arange(_KEPT.start, _KEPT.stop) - _R
    np.subtract.at(rest, at, np.broadcast_to(beat, at.shape))
    power = np.abs(np.fft.rfft(rest * np.hanning(len(rest)))) ** 2
    frequency_hz = np.arange(len(power)) * COMMON_RATE_HZ / len(rest)

    def band(low_hz: float, high_hz: float) -> NDArray[np.float64]:
        return power[(frequency_hz >= low_hz) & (frequency_hz < high_hz)]

    inner = band(*_BAND_HZ)
    total, within = max(float(band(*_WHOLE_HZ).sum()), 1e-12), max(float(inner.sum()), 1e-12)
    smooth = np.convolve(inner, np.ones(_SMOOTHED), "same")
    return AtrialActivity(
        fibrillation_band_share=float(band(*_FIBRILLATION_HZ).sum()) / total,
        sharpest_share=float(inner.max()) / within,
        peak_hz=_BAND_HZ[0] + float(np.argmax(smooth)) * COMMON_RATE_HZ / len(rest),
        peak_share=float(smooth.max()) / within,
        height_share=10 * float(np.sqrt(inner.sum())) / len(rest) / beats.height_mv,
    )
