"""Compare the streaming detector with annotated beats, one by one, to 150 ms (ANSI/AAMI EC57)."""

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.datasets import Annotated, at_rate, mitdb
from models.evaluation import Evaluation
from models.plan import Progress
from models.streaming import stream_r_peaks

__all__ = ["evaluate", "match_beats"]

_TOLERANCE_S: Final = 0.150
_LEARNING_S: Final = 300.0
_RATES_HZ: Final = (130.0, 360.0)


def evaluate(_folder: Path, records_dir: Path, *, progress: Progress) -> Evaluation:
    """Sensitivity and +P by record and over all beats, first five minutes left out, at two rates."""
    recordings = list(mitdb(records_dir / "mitdb" if (records_dir / "mitdb").is_dir() else records_dir))
    report: dict[str, Any] = {"name": "qrs", "tolerance_ms": 1000 * _TOLERANCE_S, "rates": {}}
    for index, rate_hz in enumerate(_RATES_HZ):
        counts = {}
        for place, recording in enumerate(recordings):
            counts[recording.record] = _counts(at_rate(recording, rate_hz))
            progress(
                f"{recording.record} at {rate_hz:.0f} Hz",
                (index + (place + 1) / len(recordings)) / len(_RATES_HZ),
            )
        report["rates"][f"{rate_hz:.0f}"] = {
            "records": {record: _shares(*count) for record, count in counts.items()},
            "all": _shares(*np.sum(list(counts.values()), axis=0).tolist()),
        }
    return Evaluation(report=report)


def match_beats(
    truth_s: NDArray[np.floating], found_s: NDArray[np.floating], *, tolerance_s: float = _TOLERANCE_S
) -> tuple[int, int, int]:
    """Pair each annotated beat with at most one found within the tolerance: (paired, missed, extra)."""
    paired, next_found = 0, 0
    for beat_s in truth_s:
        while next_found < len(found_s) and found_s[next_found] < beat_s - tolerance_s:
            next_found += 1
        if next_found < len(found_s) and found_s[next_found] <= beat_s + tolerance_s:
            paired += 1
            next_found += 1
    return paired, len(truth_s) - paired, len(found_s) - paired


def _counts(recording: Annotated) -> tuple[int, int, int]:
    found_s = stream_r_peaks(recording.ecg_mv, recording.rate_hz) / recording.rate_hz
    truth_s = recording.beats / recording.rate_hz
    judged = [
        times_s[(times_s >= _LEARNING_S) & ~_within(times_s, recording)] for times_s in (truth_s, found_s)
    ]
    return match_beats(*judged)


def _within(times_s: NDArray[np.floating], recording: Annotated) -> NDArray[np.bool_]:
    """Which times lie in ventricular flutter, where there are no beats to find (EC57 leaves it out too)."""
    inside = np.zeros(len(times_s), dtype=bool)
    for start, end in recording.flutter:
        inside |= (times_s >= start / recording.rate_hz) & (times_s <= end / recording.rate_hz)
    return inside


def _shares(paired: int, missed: int, extra: int) -> dict[str, float]:
    return {
        "beats": paired + missed,
        "missed": missed,
        "extra": extra,
        "sensitivity": round(paired / max(paired + missed, 1), 5),
        "positive_predictivity": round(paired / max(paired + extra, 1), 5),
    }
