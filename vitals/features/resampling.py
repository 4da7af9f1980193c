"""Bring an ECG window of any rate to one rate and one band, in one step through its spectrum."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["COMMON_RATE_HZ", "to_common_rate"]

COMMON_RATE_HZ: Final = 100
"""Every feature below is computed at this rate: enough for the band kept, and small."""

_LOW_HZ: Final = (0.3, 0.7)
_HIGH_HZ: Final = (35.0, 42.0)
_PAD_S: Final = 1.0


def to_common_rate(ecg_mv: NDArray[np.floating], rate_hz: float) -> NDArray[np.float64]:
    """Resample ``(n,)`` samples at 125 to 360 Hz to 100 Hz, keeping 0.5 to 40 Hz: ``(n * 100 / rate,)`` mV.

    The ends are mirrored and faded out before the transform, so that it sees no step where it wraps round.
    """
    samples = np.asarray(ecg_mv, dtype=np.float64)
    pad = min(round(_PAD_S * rate_hz), len(samples) - 1)
    padded = np.pad(samples, pad, mode="reflect", reflect_type="even")
    padded = (padded - padded.mean()) * _fade(len(padded), pad)
    resampled_length = round(len(padded) * COMMON_RATE_HZ / rate_hz)
    kept = resampled_length // 2 + 1
    spectrum = np.fft.rfft(padded)[:kept]
    frequency_hz = np.arange(len(spectrum)) * rate_hz / len(padded)
    spectrum = spectrum * _ramp(frequency_hz, _LOW_HZ) * (1.0 - _ramp(frequency_hz, _HIGH_HZ))
    resampled = np.fft.irfft(spectrum, resampled_length) * (resampled_length / len(padded))
    start = round(pad * COMMON_RATE_HZ / rate_hz)
    return resampled[start : start + round(len(samples) * COMMON_RATE_HZ / rate_hz)]


def _fade(length: int, pad: int) -> NDArray[np.float64]:
    """One, rising from zero and falling to it within the padding."""
    rise = np.minimum(np.arange(length), np.arange(length)[::-1]) / pad
    return _ramp(rise, (0.0, 1.0))


def _ramp(values: NDArray[np.float64], edges: tuple[float, float]) -> NDArray[np.float64]:
    """Rise smoothly from 0 at the lower edge to 1 at the upper."""
    low, high = edges
    share: NDArray[np.float64] = np.clip((values - low) / (high - low), 0.0, 1.0)
    return 0.5 - 0.5 * np.cos(np.pi * share)
