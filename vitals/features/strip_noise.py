"""How clean a strip is, and where its power lies: what tells noise from a strange rhythm."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vitals.features.resampling import COMMON_RATE_HZ

__all__ = ["StripNoise", "strip_noise"]

_EDGES_HZ: Final = (0.3, 1.0, 4.0, 10.0, 20.0, 30.0, 42.0)
_PART: Final = 2 * COMMON_RATE_HZ


@dataclass(frozen=True, slots=True, kw_only=True)
class StripNoise:
    """Power by band, evenness over parts of 2 s, and roughness; sizes are over the height of the QRS."""

    length_s: float
    """Counts of odd beats mean more in a short window."""
    wander_share: float
    t_wave_share: float
    f_wave_share: float
    qrs_share: float
    upper_qrs_share: float
    muscle_share: float
    beats_per_s: float
    longest_without_beat_s: float
    log_size: float
    skewness: float
    kurtosis: float
    crossings_share: float
    size_variation: float
    largest_size: float
    smallest_size: float
    roughness: float
    roughness_least: float
    roughness_upper_quartile: float
    roughness_most: float


def strip_noise(ecg_mv: NDArray[np.float64], r_peaks: NDArray[np.int64], height_mv: float) -> StripNoise:
    """Measure ``(n,)`` mV at 100 Hz, n at least 200, and the places of its R peaks."""
    ecg = ecg_mv / max(height_mv, 0.05)
    size = max(float(ecg_mv.std()), 1e-4)
    centred = (ecg_mv - ecg_mv.mean()) / size
    parts = ecg[: len(ecg) // _PART * _PART].reshape(-1, _PART)
    part_size = parts.std(axis=1)
    usual_size = max(float(np.median(part_size)), 1e-6)
    curvature = np.abs(np.diff(parts, n=2, axis=1))
    rough = np.median(curvature, axis=1)
    edges = np.concatenate([[0], r_peaks, [len(ecg) - 1]])
    found = {
        "length_s": len(ecg) / COMMON_RATE_HZ,
        **_bands(ecg),
        "beats_per_s": len(r_peaks) * COMMON_RATE_HZ / len(ecg),
        "longest_without_beat_s": np.diff(edges).max() / COMMON_RATE_HZ,
        "log_size": np.log(size),
        "skewness": (centred**3).mean(),
        "kurtosis": min((centred**4).mean(), 60.0),
        "crossings_share": np.mean(np.diff(np.signbit(ecg)) != 0),
        "size_variation": part_size.std() / max(part_size.mean(), 1e-6),
        "largest_size": part_size.max() / usual_size,
        "smallest_size": part_size.min() / usual_size,
        "roughness": np.median(curvature),
        "roughness_least": rough.min(),
        "roughness_upper_quartile": np.quantile(rough, 0.75),
        "roughness_most": rough.max(),
    }
    return StripNoise(**{name: float(value) for name, value in found.items()})


def _bands(ecg: NDArray[np.float64]) -> dict[str, float]:
    power = np.abs(np.fft.rfft(ecg)) ** 2
    frequency_hz = np.arange(len(power)) * COMMON_RATE_HZ / len(ecg)
    total = max(float(power.sum()), 1e-9)
    names = ("wander", "t_wave", "f_wave", "qrs", "upper_qrs", "muscle")
    ends = pairwise(np.searchsorted(frequency_hz, _EDGES_HZ))
    return {
        f"{name}_share": float(power[low:high].sum()) / total
        for name, (low, high) in zip(names, ends, strict=True)
    }
