"""Feed a whole recording to the streaming detector as a wearable would."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vitals.features.rpeaks import RPeakDetector

__all__ = ["stream_r_peaks"]

_CHUNK_S: Final = 0.5


def stream_r_peaks(ecg_mv: NDArray[np.floating], rate_hz: float) -> NDArray[np.int64]:
    """R peaks of ``(n,)`` mV, pushed in half seconds."""
    detector, step = RPeakDetector(rate_hz=rate_hz), round(_CHUNK_S * rate_hz)
    found = [
        peak for start in range(0, len(ecg_mv), step) for peak in detector.push(ecg_mv[start : start + step])
    ]
    return np.array(found, dtype=np.int64)
