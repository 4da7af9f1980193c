"""Electrocardiograms with known beats: drawn from bumps, or short excerpts shipped with the tests."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vitals.features.rpeaks import RPeakDetector

_VECTORS = Path(__file__).parents[1] / "vectors" / "ecg"
_BUMPS = (
    (-0.17, 0.025, 0.15),
    (-0.03, 0.010, -0.1),
    (0.0, 0.012, 1.2),
    (0.03, 0.010, -0.25),
    (0.28, 0.05, 0.3),
)
"""P, Q, R, S and T: seconds from R, width in seconds, height in mV."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """Half a minute or so of a real recording: ``(n,)`` mV, and the sample indices of its annotated beats."""

    ecg_mv: NDArray[np.float64]
    rate_hz: float
    beats: NDArray[np.int64]
    rhythm: str


def excerpt(record: str, *, database: str = "mitdb") -> Excerpt:
    with np.load(_VECTORS / f"{database}_{record}.npz") as stored:
        return Excerpt(
            ecg_mv=stored["ecg_uv"].astype(np.float64) / 1000,
            rate_hz=float(stored["rate_hz"]),
            beats=stored["beats"].astype(np.int64),
            rhythm=str(stored["rhythm"]),
        )


def drawn(
    beat_times_s: NDArray[np.floating], *, duration_s: float, rate_hz: float, p_waves: bool = True
) -> NDArray[np.float64]:
    """Draw beats at the times given; ``(n,)`` mV without noise."""
    t_s = np.arange(round(duration_s * rate_hz)) / rate_hz
    ecg = np.zeros(len(t_s))
    for offset_s, width_s, height_mv in _BUMPS if p_waves else _BUMPS[1:]:
        for beat_s in beat_times_s:
            near = slice(*np.searchsorted(t_s, (beat_s - 0.6, beat_s + 0.8)))
            ecg[near] += height_mv * np.exp(-0.5 * ((t_s[near] - beat_s - offset_s) / width_s) ** 2)
    return ecg


def steady(
    *, duration_s: float = 30.0, rate_hz: float = 130.0, rr_s: float = 0.8, **drawing: bool
) -> NDArray[np.float64]:
    return drawn(np.arange(0.5, duration_s - 0.3, rr_s), duration_s=duration_s, rate_hz=rate_hz, **drawing)


def found_in(ecg_mv: NDArray[np.floating], rate_hz: float) -> NDArray[np.int64]:
    return np.array(RPeakDetector(rate_hz=rate_hz).push(ecg_mv), dtype=np.int64)
