"""Hold the pulse rate from the wrist to a chest ECG's, window by window, as the gateway would find it."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.evaluation import Evaluation, model_facts
from models.left_out import LeftOut
from models.plan import Progress
from models.ppg import resting
from models.ppg.judging import CLOSE_PER_MIN, Judged, judge
from models.ppg.recordings import Session, folder_of, sessions
from models.ppg.weights import WeightBook
from models.scores.calibration import calibration_error
from models.scores.intervals import bootstrap_interval
from vitals.errors import RecordingError

__all__ = ["evaluate", "risk_by_coverage"]

_COVERAGES: Final = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
_SPREAD: Final = 1.96


def evaluate(folder: Path, records_dir: Path, *, progress: Progress) -> Evaluation:
    """Judge every session: ``mae_bpm`` is over the windows a rate was told of, ``coverage`` their share.

    Sessions that the weights were fitted on are judged by weights that never saw that person. Where the
    folder also holds ``bidmc01/`` or ``wfdb_samples/``, resting recordings are looked at beside.

    Raises
    ------
    ModelRejectedError, RecordingError
        The weights' file, or the recordings, cannot be used.
    """
    book = WeightBook.load(folder)
    left_out = LeftOut()
    held = list(sessions(folder_of(records_dir), left_out))
    parts = []
    for place, session in enumerate(held):
        progress(session.record, place / len(held))
        part = judge(session, book.weights_for(session.digest))
        if not len(part.records):
            left_out.note(session.record, "it has no window of 8 s with a truth")
        parts.append(part)
    judged = Judged.joined(parts)
    if not len(judged.records):
        raise RecordingError(f"no session of {records_dir} is 8 s long and has a truth: give longer ones")
    report = _report(judged, book, held) | {"left_out": left_out.rows()}
    if at_rest := resting.judged(records_dir):
        report["at_rest"] = at_rest
    progress("done", 1.0)
    return Evaluation(report=report, figures=_figures(judged))


def risk_by_coverage(judged: Judged) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (share of windows told, mean error of those) as the least sure are left out, one by one."""
    falling = np.argsort(-judged.confidence, kind="stable")
    count = np.arange(1, len(falling) + 1)
    return count / len(falling), np.cumsum(judged.errors_per_min[falling]) / count


def _report(judged: Judged, book: WeightBook, held: list[Session]) -> dict[str, Any]:
    return {
        "name": "ppg",
        "model": model_facts(version=book.version, size_bytes=0, p50_us=float(np.median(judged.took_us))),
        **{name: _rounded(metric(judged)) for name, metric in _METRICS.items()},
        "bland_altman": _bland_altman(judged.where(judged.is_told)),
        "mae_bpm_at_coverage": _at_coverages(judged),
        "doubts": dict(Counter(judged.doubts[~judged.is_told].tolist())),
        "windows": len(judged.records),
        "records": len(held),
        "out_of_fold": sum(book.knows(session.digest) for session in held),
        "intervals": {
            name: bootstrap_interval(judged.people, partial(_drawn, metric, judged))
            for name, metric in _METRICS.items()
            if np.isfinite(metric(judged))
        },
        "by_record": [
            _row(record, judged.where(judged.records == record)) for record in np.unique(judged.records)
        ],
    }


def _mae(judged: Judged) -> float:
    return float(judged.errors_per_min.mean()) if len(judged.records) else float("nan")


def _share_close(judged: Judged) -> float:
    return float(judged.is_close.mean()) if len(judged.records) else float("nan")


def _calibration(judged: Judged) -> float:
    return calibration_error(judged.confidence, judged.is_close)


_METRICS: Final[dict[str, Callable[[Judged], float]]] = {
    "mae_bpm": lambda judged: _mae(judged.where(judged.is_told)),
    "coverage": lambda judged: float(judged.is_told.mean()),
    "mae_bpm_without_gate": _mae,
    "within_5_bpm": lambda judged: _share_close(judged.where(judged.is_told)),
    "within_5_bpm_without_gate": _share_close,
    "calibration_error": _calibration,
}


def _drawn(metric: Callable[[Judged], float], judged: Judged, rows: NDArray[np.int64]) -> float:
    return metric(judged.where(rows))


def _row(record: str, judged: Judged) -> dict[str, Any]:
    told = judged.where(judged.is_told)
    return {
        "record": str(record),
        "windows": len(judged.records),
        "mae_bpm": _rounded(_mae(told)),
        "coverage": _rounded(float(judged.is_told.mean())),
        "mae_bpm_without_gate": _rounded(_mae(judged)),
        "within_5_bpm": _rounded(_share_close(told)),
        "doubts": dict(Counter(judged.doubts[~judged.is_told].tolist())),
    }


def _bland_altman(told: Judged) -> dict[str, float | None]:
    """Return the mean difference and the limits between which 95 % of differences lie, if they are normal."""
    if not len(told.records):
        return {"bias_bpm": None, "low_bpm": None, "high_bpm": None}
    apart = told.found_per_min - told.truth_per_min
    bias, spread = float(apart.mean()), _SPREAD * float(apart.std())
    return {
        "bias_bpm": _rounded(bias),
        "low_bpm": _rounded(bias - spread),
        "high_bpm": _rounded(bias + spread),
    }


def _at_coverages(judged: Judged) -> dict[str, float | None]:
    coverage, risk = risk_by_coverage(judged)
    return {
        f"{share:.1f}": _rounded(float(risk[np.searchsorted(coverage, share - 1e-9)])) for share in _COVERAGES
    }


def _rounded(value: float) -> float | None:
    return round(value, 4) if np.isfinite(value) else None


def _figures(judged: Judged) -> dict[str, Callable[[], Any]]:
    from models.ppg import figures  # noqa: PLC0415 - matplotlib is heavy, and only needed to draw

    return {
        "windows": lambda: figures.windows(judged),
        "risk_by_coverage": lambda: figures.risk(*risk_by_coverage(judged)),
        "bland_altman": lambda: figures.bland_altman(judged),
        "reliability": lambda: figures.sureness(judged, close_per_min=CLOSE_PER_MIN),
    }
