"""Long recordings of other patients, through the gateway's own R peaks at the rate of a chest strap."""

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.datasets import at_rate, mitdb
from models.left_out import LeftOut
from models.rhythm.examples import LABELS, Examples, annotated_windows
from models.streaming import stream_r_peaks

__all__ = ["external_examples", "external_report"]

_STRAP_RATE_HZ: Final = 130.0
_WINDOW_S: Final = 30
_HOP_S: Final = 10.0
_FIBRILLATION: Final = "AFIB"
_FLUTTER: Final = "AFL"
_AF: Final = LABELS.index("A")


def external_examples(folder: Path, left_out: LeftOut | None = None) -> Examples:
    """Windows of every recording at 130 Hz, ten seconds apart, R peaks by the streaming detector."""
    return Examples.gather(
        window
        for recording in (at_rate(original, _STRAP_RATE_HZ) for original in mitdb(folder, left_out=left_out))
        for window in annotated_windows(
            recording, stream_r_peaks(recording.ecg_mv, recording.rate_hz), hop_s=_HOP_S
        )
    )


def external_report(
    windows: Examples, probabilities: NDArray[np.floating], threshold: float
) -> dict[str, Any]:
    """By record and rhythm: windows, and the share flagged as AF; mixed windows and flutter stand apart."""
    flagged = probabilities[:, _AF] >= threshold
    fibrillating = windows.labels == _FIBRILLATION
    other = ~fibrillating & ~np.isin(windows.labels, ("mixed", _FLUTTER))
    rows = [
        {
            "record": str(record),
            "rhythm": str(rhythm),
            "windows": int(chosen.sum()),
            "flagged_af": int(flagged[chosen].sum()),
        }
        for record in np.unique(windows.records)
        for rhythm in np.unique(windows.labels[windows.records == record])
        for chosen in [(windows.records == record) & (windows.labels == rhythm)]
    ]
    return {
        "window_s": _WINDOW_S,
        "hop_s": _HOP_S,
        "rate_hz": _STRAP_RATE_HZ,
        "af_windows": int(fibrillating.sum()),
        "af_sensitivity": round(float(flagged[fibrillating].mean()), 4) if fibrillating.any() else None,
        "other_windows": int(other.sum()),
        "af_specificity": round(float((~flagged[other]).mean()), 4) if other.any() else None,
        "by_record": rows,
    }
