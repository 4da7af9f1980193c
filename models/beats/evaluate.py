"""Judge the beat model on annotated recordings, beat by beat, as ANSI/AAMI EC57 counts."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.beats.judging import NO_BEAT, JudgedRecording, judge, judge_streaming
from models.beats.recordings import LABELS, beat_recordings
from models.evaluation import Evaluation, model_facts
from models.folds import FoldBook
from models.interpreter import median_time_us
from models.left_out import LeftOut
from models.plan import Progress
from models.scores.calibration import calibration_error, coverage_curve
from models.scores.classification import class_scores, confusion
from models.scores.intervals import bootstrap_interval
from vitals.features.beats import BEAT_FEATURE_VERSION, BEAT_INPUTS
from vitals.manifest import load_verified

__all__ = ["ECTOPIC", "beats_report", "evaluate"]

ECTOPIC: Final = ("V", "S")
_FEW_BEATS: Final = 10
"""A patient with fewer beats of a class says nothing of how well it is found in him."""
_WORST: Final = 6
_FUSION: Final = "F"


def evaluate(folder: Path, records_dir: Path, *, progress: Progress) -> Evaluation:
    """Judge every unpaced record, those of the training set by networks that never saw their patient.

    Raises
    ------
    ModelRejectedError
        The artefact does not keep its manifest.
    RecordingError
        There is no record to judge.
    """
    manifest, artefact = load_verified(
        folder / "manifest.json", feature_version=BEAT_FEATURE_VERSION, trusted=None
    )
    book = FoldBook.load(folder, artefact)
    judged: list[JudgedRecording] = []
    streamed, known, left_out = [], 0, LeftOut()
    for recording in beat_recordings(records_dir, left_out):
        progress(f"judging {recording.record}", min(len(judged) / 22, 0.95))
        network = book.artefact_for(recording.digest)
        known += book.knows(recording.digest)
        judged.append(judge(recording, network))
        streamed.append(judge_streaming(recording, network))
    sample = {name: np.zeros(shape, np.float32) for name, shape in BEAT_INPUTS.items()}
    report = {
        "name": manifest.name,
        "model": model_facts(
            version=manifest.version, size_bytes=len(artefact), p50_us=median_time_us(artefact, sample)
        ),
        **beats_report(judged, distance_limit=manifest.distance_limit),
        "streaming": _streaming(streamed),
        "out_of_fold": known,
        "left_out": left_out.rows(),
    }
    from models.beats.figures import figures_of  # noqa: PLC0415 - matplotlib is heavy

    return Evaluation(report=report, figures=figures_of(judged, report))


_SCORED: Final = (
    "every annotated N, S, V and F beat of one lead (II, else the first), as ANSI/AAMI EC57 counts: a fusion "
    "beat called V is no false positive, as it is in classes_strict; the patient's own beats were learnt, "
    "without labels, from the first five minutes"
)


class _Rows:
    """The beats of all recordings, one after the other."""

    def __init__(self, judged: Sequence[JudgedRecording]) -> None:
        self.truth = np.concatenate([record.truth for record in judged])
        self.judged = np.concatenate([record.judged for record in judged])
        self.probabilities = np.concatenate([record.probabilities for record in judged])
        self.distance = np.concatenate([record.distance for record in judged])
        self.patients = np.concatenate([np.full(len(record.truth), record.patient) for record in judged])


def beats_report(judged: Sequence[JudgedRecording], *, distance_limit: float | None) -> dict[str, Any]:
    """Return what is measured at the annotated beats, all of them scored."""
    rows = _Rows(judged)
    confidence, is_right = np.nan_to_num(rows.probabilities.max(axis=1), nan=1.0), rows.truth == rows.judged
    intervals = {
        f"{score}_{label}": bootstrap_interval(rows.patients, _metric(rows, label, score))
        for label in ECTOPIC
        if (rows.truth == label).any() and (rows.judged == label).any()
        for score in ("f1", "se", "ppv")
    }
    return {
        "beats": len(rows.truth),
        "accuracy": round(float(is_right.mean()), 5),
        "classes": {label: _by_standard(rows, label) for label in LABELS},
        "classes_strict": class_scores(rows.truth, rows.judged, LABELS),
        "confusion": confusion(rows.truth, rows.judged, LABELS),
        "intervals": intervals,
        "calibration_error": round(calibration_error(confidence, is_right), 4),
        "unjudged_beats": int(np.isnan(rows.distance).sum()),
        "by_record": [_record_row(record) for record in judged],
        "macro_by_patient": {label: _macro(rows, label) for label in LABELS},
        "without_dominating": {label: _without_dominating(rows, label) for label in ECTOPIC},
        "worst_records": _worst(judged),
        "coverage": _coverage(rows, confidence, distance_limit),
        "scored": _SCORED,
    }


def _by_standard(rows: _Rows, label: str) -> dict[str, float]:
    """Scores as ANSI/AAMI EC57 counts them."""
    counted = _counted(rows, label)
    return class_scores(rows.truth[counted], rows.judged[counted], (label,))[label]


def _counted(rows: _Rows, label: str) -> NDArray[np.bool_]:
    """Which beats the standard counts for a class: a fusion beat called ventricular is no mistake."""
    if label != "V":
        return np.ones(len(rows.truth), dtype=bool)
    return np.asarray((rows.truth != _FUSION) | (rows.judged != label))


def _metric(rows: _Rows, label: str, score: str) -> Callable[[NDArray[np.int64]], float]:
    is_so, said_so = rows.truth == label, (rows.judged == label) & _counted(rows, label)

    def metric(drawn: NDArray[np.int64]) -> float:
        so, said = is_so[drawn], said_so[drawn]
        right, truly, told = int((so & said).sum()), int(so.sum()), int(said.sum())
        whole = {"f1": (truly + told) / 2, "se": truly, "ppv": told}[score]
        return right / whole if whole else float("nan")

    return metric


def _record_row(record: JudgedRecording) -> dict[str, Any]:
    scores = class_scores(record.truth, record.judged, LABELS)
    return {
        "record": record.record,
        "beats": len(record.truth),
        "accuracy": round(float((record.truth == record.judged).mean()), 5),
        "classes": {label: row for label, row in scores.items() if row["support"] or row["ppv"]},
        "confusion": confusion(record.truth, record.judged, LABELS),
    }


def _macro(rows: _Rows, label: str) -> dict[str, float]:
    """Mean over patients with ten beats of the class or more, each counting alike."""
    found = [
        class_scores(rows.truth[chosen], rows.judged[chosen], (label,))[label]
        for chosen in (rows.patients == patient for patient in np.unique(rows.patients))
        if (rows.truth[chosen] == label).sum() >= _FEW_BEATS
    ]
    means = {
        name: round(float(np.mean([row[name] for row in found])), 4) for name in ("se", "ppv", "f1") if found
    }
    return {**means, "patients": len(found)}


def _without_dominating(rows: _Rows, label: str) -> dict[str, Any]:
    """Scores without the patient who has the most beats of the class."""
    patients, counts = np.unique(rows.patients[rows.truth == label], return_counts=True)
    if not len(patients):
        return {}
    most = str(patients[counts.argmax()])
    kept = rows.patients != most
    return {"patient": most, **class_scores(rows.truth[kept], rows.judged[kept], (label,))[label]}


def _worst(judged: Sequence[JudgedRecording]) -> list[dict[str, Any]]:
    """Return the records with the most beats wrongly judged, and what was taken for what."""
    wrong = [(int((record.truth != record.judged).sum()), record) for record in judged]
    wrong.sort(key=lambda pair: pair[0], reverse=True)
    return [
        {
            "record": record.record,
            "wrong": count,
            "confused": {
                f"{truth} as {label}": int(((record.truth == truth) & (record.judged == label)).sum())
                for truth in LABELS
                for label in LABELS
                if truth != label and ((record.truth == truth) & (record.judged == label)).any()
            },
        }
        for count, record in wrong[:_WORST]
        if count
    ]


def _coverage(rows: _Rows, confidence: NDArray[np.float64], distance_limit: float | None) -> dict[str, Any]:
    """Return what is gained by judging only beats like the training's, and only the surer of them."""
    known = ~np.isnan(rows.distance) & (rows.distance <= (distance_limit or np.inf))
    share, right = coverage_curve(confidence, rows.truth == rows.judged)
    return {
        "within_distance": _among(rows, known),
        "within_distance_and_surer_than_0.7": _among(rows, known & (confidence >= 0.7)),  # noqa: PLR2004
        "accuracy_at": {
            f"{cover:.2f}": round(float(right[np.searchsorted(share, cover) - 1]), 5)
            for cover in (0.8, 0.9, 0.95, 0.99)
        },
    }


def _among(rows: _Rows, chosen: NDArray[np.bool_]) -> dict[str, Any]:
    scores = class_scores(rows.truth[chosen], rows.judged[chosen], ECTOPIC)
    return {"coverage": round(float(chosen.mean()), 4), "classes": scores}


def _streaming(pairs: Sequence[tuple[NDArray[np.str_], NDArray[np.str_]]]) -> dict[str, Any]:
    """End to end: a missed beat is a beat of its class that was not found."""
    truth, judged = (np.concatenate([pair[side] for pair in pairs]) for side in (0, 1))
    return {
        "classes": class_scores(truth, judged, LABELS),
        "beats_missed": int((judged == NO_BEAT).sum()),
        "beats_invented": int((truth == NO_BEAT).sum()),
    }
