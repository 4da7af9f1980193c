"""Judge a rhythm artefact on patients it has not seen, through the interpreter that will run it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from models.datasets import at_rate, cinc2017, mitdb
from models.evaluation import Evaluation
from models.interpreter import median_time_us, run_rows
from models.plan import Progress
from models.rhythm.examples import LABELS, Examples, annotated_windows, strip_windows
from models.rhythm.scores import (
    SCORED,
    bootstrap_interval,
    by_record,
    calibration_error,
    f1_by_label,
    mean_f1,
)
from models.scores.classification import class_scores, confusion
from models.splits import split_of, splits_of
from models.streaming import stream_r_peaks
from vitals.errors import RecordingError
from vitals.features.rhythm import RHYTHM_FEATURE_VERSION
from vitals.manifest import ModelManifest, load_verified

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Judged", "evaluate", "figures_of", "judge_strips", "mitdb_examples", "report_on"]

_STRAP_RATE_HZ: Final = 130.0
"""External recordings are brought to the rate of a chest strap, as the gateway would see them."""
_HOP_S: Final = 10.0
_FIBRILLATION: Final = "AFIB"
_FLUTTER: Final = "AFL"
_AF: Final = LABELS.index("A")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What one artefact said of the unseen strips: a row a record, ``(n, 4)`` probabilities."""

    truth: NDArray[np.str_]
    probabilities: NDArray[np.float64]

    @property
    def labels(self) -> NDArray[np.str_]:
        """The likeliest label of each row."""
        return np.asarray(np.array(LABELS)[self.probabilities.argmax(axis=1)])


def evaluate(folder: Path, records_dir: Path, *, progress: Progress) -> Evaluation:
    """Verify the artefact, then judge it on ``cinc2017/`` (its test records) and ``mitdb/``, as far as there.

    Raises
    ------
    ModelRejectedError
        The artefact does not keep its manifest.
    RecordingError
        Neither set of recordings is there.
    """
    manifest, artefact = load_verified(
        folder / "manifest.json", feature_version=RHYTHM_FEATURE_VERSION, trusted=None
    )
    has = {name: (records_dir / name).is_dir() for name in ("cinc2017", "mitdb")}
    if not any(has.values()):
        raise RecordingError(
            f"{records_dir} holds neither cinc2017/ nor mitdb/: point --records at their parent"
        )
    strips = beats = None
    if has["cinc2017"]:
        progress("cutting the test strips of CinC 2017", 0.0)
        test = (strip for strip in cinc2017(records_dir / "cinc2017") if split_of(strip.record) == "test")
        strips = Examples.gather(strip_windows(test))
    if has["mitdb"]:
        progress("streaming MIT-BIH through the detector", 0.5)
        beats = mitdb_examples(records_dir / "mitdb")
    progress("running the artefact", 0.9)
    report, judged = report_on(manifest, artefact, strips=strips, external=beats)
    return Evaluation(report=report, figures=figures_of(judged) if judged else {})


def mitdb_examples(folder: Path) -> Examples:
    """Windows of every recording at 130 Hz, ten seconds apart, R peaks by the streaming detector."""
    return Examples.gather(
        row
        for recording in (at_rate(original, _STRAP_RATE_HZ) for original in mitdb(folder))
        for row in annotated_windows(
            recording, stream_r_peaks(recording.ecg_mv, recording.rate_hz), hop_s=_HOP_S
        )
    )


def report_on(
    manifest: ModelManifest, artefact: bytes, *, strips: Examples | None, external: Examples | None
) -> tuple[dict[str, Any], Judged | None]:
    """Return the report as plain values, and the judged strips for the figures."""
    report: dict[str, Any] = {
        "name": manifest.name,
        "model": {"version": manifest.version, "bytes": len(artefact), "p50_us": 0.0},
    }
    judged = None
    threshold = manifest.thresholds["A"]
    if strips is not None:
        test = strips.where(splits_of(strips.records) == "test")
        judged = judge_strips(artefact, test)
        row = {name: rows[:1] for name, rows in test.tensors.items()}
        report["model"]["p50_us"] = round(median_time_us(artefact, row), 1)
        report["classes"] = class_scores(judged.truth, judged.labels, LABELS)
        report["f1_cinc"] = round(mean_f1(judged.truth, judged.labels), 4)
        report["cinc2017_test"] = _strips_report(judged, threshold, manifest.seed)
    if external is not None:
        report["mitdb"] = _external_report(external, run_rows(artefact, external.tensors), threshold)
    return report, judged


def judge_strips(artefact: bytes, strips: Examples) -> Judged:
    """Run every window, then average those of a record."""
    _, truth, probabilities = by_record(strips, run_rows(artefact, strips.tensors))
    return Judged(truth=truth, probabilities=probabilities)


def _strips_report(judged: Judged, threshold: float, seed: int) -> dict[str, Any]:
    fibrillating = judged.truth == "A"
    flagged = judged.probabilities[:, _AF] >= threshold
    low, high = bootstrap_interval(judged.truth, judged.labels, seed=seed)
    return {
        "records": len(judged.truth),
        "mean_f1": round(mean_f1(judged.truth, judged.labels), 4),
        "mean_f1_of": list(SCORED),
        "mean_f1_interval_95": [round(low, 4), round(high, 4)],
        "f1": {label: round(score, 4) for label, score in f1_by_label(judged.truth, judged.labels).items()},
        "confusion": [
            [int(((judged.truth == truth) & (judged.labels == label)).sum()) for label in LABELS]
            for truth in LABELS
        ],
        "calibration_error": round(calibration_error(judged.truth, judged.probabilities), 4),
        "af_threshold": threshold,
        "af_sensitivity": round(float(flagged[fibrillating].mean()), 4),
        "af_specificity": round(float((~flagged[~fibrillating]).mean()), 4),
    }


def _external_report(
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
        "window_s": 30,
        "hop_s": _HOP_S,
        "rate_hz": _STRAP_RATE_HZ,
        "af_windows": int(fibrillating.sum()),
        "af_sensitivity": round(float(flagged[fibrillating].mean()), 4) if fibrillating.any() else None,
        "other_windows": int(other.sum()),
        "af_specificity": round(float((~flagged[other]).mean()), 4) if other.any() else None,
        "by_record": rows,
    }


def figures_of(judged: Judged) -> dict[str, Callable[[], "Figure"]]:
    """How to draw what the evaluation measured."""
    from models import figures  # noqa: PLC0415 - matplotlib is heavy, and only needed to draw

    fibrillating, given = judged.truth == "A", judged.probabilities[:, _AF]
    counts = confusion(judged.truth, judged.labels, LABELS)
    sure, is_right = judged.probabilities.max(axis=1), judged.labels == judged.truth
    return {
        "confusion": lambda: figures.confusion(counts, LABELS, title="CinC 2017, unseen records"),
        "reliability": lambda: figures.reliability(sure, is_right),
        "af_curves": lambda: figures.roc_and_pr(fibrillating, {"AF": given}, title="AF"),
    }
