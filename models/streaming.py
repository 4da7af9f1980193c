"""Feed a whole recording to the streaming detector as a wearable would."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vitals.features.rpeaks import DECISION_LATENCY_S, RPeakDetector

__all__ = ["CHUNK_S", "stream_r_peaks"]

CHUNK_S: Final = 0.5
"""How much is pushed at a time."""


def stream_r_peaks(ecg_mv: NDArray[np.floating], rate_hz: float) -> NDArray[np.int64]:
    """R peaks of ``(n,)`` mV, pushed in half seconds; after samples that are missing (NaN) it starts anew.

    Where a recording ends a stream would go on: its last value is held until the last beat is told.
    """
    found = [start + peak for start, unbroken in _unbroken(ecg_mv) for peak in _peaks_of(unbroken, rate_hz)]
    return np.array(found, dtype=np.int64)


def _peaks_of(ecg_mv: NDArray[np.floating], rate_hz: float) -> Iterator[int]:
    detector, step = RPeakDetector(rate_hz=rate_hz), round(CHUNK_S * rate_hz)
    held = np.pad(ecg_mv, (0, round(DECISION_LATENCY_S * rate_hz)), mode="edge")
    for start in range(0, len(held), step):
        yield from (peak for peak in detector.push(held[start : start + step]) if peak < len(ecg_mv))


def _unbroken(ecg_mv: NDArray[np.floating]) -> Iterator[tuple[int, NDArray[np.floating]]]:
    """Yield each run of finite samples with its place."""
    finite = np.concatenate([[False], np.isfinite(ecg_mv), [False]])
    starts, stops = np.flatnonzero(np.diff(finite)).reshape(-1, 2).T
    for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
        yield start, ecg_mv[start:stop]
