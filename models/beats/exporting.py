"""Write what a trained beat network consists of: artefact, int8 twin, companions, report, figures, card."""

from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.beats.about import ABOUT
from models.beats.evaluate import evaluate
from models.beats.examples import BeatExamples
from models.beats.figures import training_figures
from models.beats.prototypes import prototypes
from models.beats.recordings import LABELS
from models.cards import write_card
from models.evaluation import Evaluation, metrics_of
from models.export import to_tflite, to_tflite_int8, verify_conversion, write_manifest
from models.interpreter import median_time_us, run_rows
from models.plan import Progress
from models.reference import Seen, reference_of
from models.scores.classification import class_scores
from vitals.manifest import ModelManifest
from vitals.prototypes import PROTOTYPES_FILE
from vitals.reference import REFERENCE_FILE

__all__ = ["exported"]

_INT8_ROWS: Final = 300
_PROBED: Final = 200


def exported(  # noqa: PLR0913 - what is written, of what, from where and to where
    shipped: Any,  # noqa: ANN401 - keras is untyped
    manifest: ModelManifest,
    examples: BeatExamples,
    *,
    data_dir: Path,
    out_dir: Path,
    measured: dict[str, Any],
    progress: Progress,
) -> Path:
    """Write the artefact, its twin and its prototypes, judge them, and write what was found."""
    progress("converting", 0.9)
    artefact = to_tflite(shipped)
    probe = {name: rows[:: max(1, len(rows) // _PROBED)] for name, rows in examples.tensors.items()}
    difference = verify_conversion(shipped, artefact, probe)
    outputs = shipped.predict(examples.tensors, batch_size=1024, verbose=0)
    said = np.array(LABELS)[outputs["probabilities"].argmax(axis=1)]
    twin = to_tflite_int8(shipped, {name: rows[:_INT8_ROWS] for name, rows in probe.items()})
    companions = {
        PROTOTYPES_FILE: prototypes(examples, outputs["embedding"], said),
        REFERENCE_FILE: _reference(examples, outputs["probabilities"]),
        "beats.int8.tflite": twin,
    }
    write_manifest(manifest, artefact, out_dir, companions=companions)
    evaluation = evaluate(out_dir, data_dir, progress=progress)
    report = (
        evaluation.report
        | measured
        | {
            "conversion_difference": difference,
            "int8": _int8(artefact, twin, examples),
        }
    )
    sealed = msgspec.structs.replace(manifest, metrics=metrics_of(report))
    path = write_manifest(sealed, artefact, out_dir, companions=companions)
    (out_dir / "report.json").write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    drawn = {**evaluation.figures, **training_figures(report)}
    Evaluation(report=report, figures=drawn).draw(out_dir / "figures")
    write_card(out_dir, ABOUT)
    progress("done", 1.0)
    return path


def _reference(examples: BeatExamples, probabilities: NDArray[np.floating]) -> bytes:
    """Say what the patients were like, each of whom was worn for half an hour."""
    whole = examples.is_judged
    seen = Seen(
        inputs=examples.where(whole).tensors,
        probabilities=probabilities[whole],
        people=examples.patients[whole],
    )
    return reference_of("beats", LABELS, trained=seen, wearers=seen)


def _int8(artefact: bytes, twin: bytes, examples: BeatExamples) -> dict[str, Any]:
    """Return what the int8 twin costs, on beats drawn alike from every patient and class."""
    rows = _sample(examples)
    labels = np.array(LABELS)
    scores = [
        class_scores(rows.labels, labels[run_rows(network, rows.tensors).argmax(axis=1)], LABELS)
        for network in (artefact, twin)
    ]
    row = {name: column[:1] for name, column in rows.tensors.items()}
    return {
        "bytes": len(twin),
        "p50_us": round(median_time_us(twin, row), 1),
        "f1_difference": {
            label: round(scores[1][label]["f1"] - scores[0][label]["f1"], 4) for label in LABELS
        },
    }


def _sample(examples: BeatExamples, each: int = 20) -> BeatExamples:
    chosen = np.zeros(len(examples), dtype=bool)
    for patient in np.unique(examples.patients):
        for label in LABELS:
            rows = np.flatnonzero((examples.patients == patient) & (examples.labels == label))
            chosen[rows[:: max(1, len(rows) // each)][:each]] = True
    return examples.where(chosen)
