"""Train the rhythm classifier on CinC 2017: cut, fit out of fold and on all, calibrate, export, report."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from models.cards import write_card
from models.datasets import cinc2017
from models.distance import distance_limit, with_distance
from models.evaluation import Evaluation, metrics_of
from models.export import to_tflite, to_tflite_int8, verify_conversion, write_manifest
from models.figures import training_curves
from models.folds import FoldBook, write_folds
from models.interpreter import run_outputs
from models.plan import Progress, TrainingPlan
from models.reference import Seen, reference_of
from models.rhythm.about import ABOUT
from models.rhythm.boosting import Boosted
from models.rhythm.contract import manifest_for
from models.rhythm.evaluate import evaluation_of
from models.rhythm.examples import LABELS, TENSOR, Examples, strip_windows
from models.rhythm.external import external_examples
from models.rhythm.fitting import Fitted, fit_folds
from models.rhythm.judged import judge_windows
from models.rhythm.trees import EMBEDDING, Forest, network_of
from models.scores.calibration import best_temperature
from models.scores.curves import threshold_for
from vitals.features.resampling import COMMON_RATE_HZ
from vitals.manifest import ModelManifest
from vitals.prototypes import PROTOTYPES_FILE, LabelledWindow, PrototypeSet
from vitals.reference import REFERENCE_FILE

__all__ = ["train"]

_SMOKE_STRIPS: Final = 300
_PROBE_ROWS: Final = 200
_INT8_ROWS: Final = 300
_REPORTED_RECORDS: Final = 40
_PROTOTYPES_PER_LABEL: Final = 12
_WATCHED_COLUMNS: Final = 16
"""Of the row, those of plain irregularity: what drift is measured in."""
_SPECIFICITY: Final = {"A": 0.98, "~": 0.98}
"""Share of other windows that must stay below the threshold of a label, out of fold."""

_Outputs = Mapping[str, NDArray[np.float32]]


def train(data_dir: Path, out_dir: Path, *, plan: TrainingPlan, progress: Progress) -> Path:
    """Train on ``cinc2017/``, judge out of fold and on ``mitdb/``; return the manifest's path.

    Raises
    ------
    RecordingError
        The recordings are missing, or a label has none.
    """
    progress("cutting CinC 2017 into windows", 0.0)
    examples = _examples(data_dir, plan)
    fitted = fit_folds(examples, plan=plan, progress=progress)
    temperature = best_temperature(_columns(examples), fitted.logits)
    progress("converting", 0.8)
    network = _network(fitted.whole, examples, temperature)
    book = _book(network, fitted, examples, temperature)
    judged = judge_windows(book, examples)
    manifest = manifest_for(
        len(np.unique(examples.records)),
        data_dir,
        plan=plan,
        temperature=temperature,
        thresholds=_thresholds(examples, judged),
        distance_limit=distance_limit(judged["distance"]),
    )
    progress("judging out of fold", 0.85)
    long = _long_examples(data_dir, plan)
    evaluation = evaluation_of(manifest, book, strips=examples, long=long)
    evaluation.report["conversion_difference"] = verify_conversion(
        network, book.shipped, {TENSOR: examples.rows[:_PROBE_ROWS]}
    )
    evaluation.report["int8"] = _int8(network, book.shipped, examples)
    history = fitted.history()
    _log(history, plan.logs_dir)
    training = {"training": lambda: training_curves(history)}
    evaluation = replace(evaluation, figures={**evaluation.figures, **training})
    companions = {
        PROTOTYPES_FILE: _prototypes(examples, judged),
        REFERENCE_FILE: _reference(examples, judged, book, long),
    }
    path = _write(out_dir, manifest, book, evaluation, companions)
    progress("done", 1.0)
    return path


def _examples(data_dir: Path, plan: TrainingPlan) -> Examples:
    """Cut the strips into windows; a few of them for a smoke run."""
    strips = cinc2017(data_dir / "cinc2017")
    if plan.smoke:
        return Examples.gather(strip_windows(islice(strips, _SMOKE_STRIPS)))
    return _kept("cinc2017", plan, lambda: Examples.gather(strip_windows(strips)))


def _long_examples(data_dir: Path, plan: TrainingPlan) -> Examples | None:
    folder = data_dir / "mitdb"
    if plan.smoke or not folder.is_dir():
        return None
    return _kept("mitdb", plan, lambda: external_examples(folder))


def _kept(name: str, plan: TrainingPlan, cut: Callable[[], Examples]) -> Examples:
    if plan.cache_dir is None:
        return cut()
    path = plan.cache_dir / f"{name}.npz"
    if path.is_file():
        return Examples.load(path)
    examples = cut()
    path.parent.mkdir(parents=True, exist_ok=True)
    examples.save(path)
    return examples


def _columns(examples: Examples) -> NDArray[np.int64]:
    return np.array([LABELS.index(str(label)) for label in examples.labels])


def _network(boosted: Boosted, seen: Examples, temperature: float) -> Any:  # noqa: ANN401 - keras is untyped
    forest = Forest.of(boosted.bags).scaled(1 / temperature)
    network = network_of(forest, seen.rows, name="rhythm", tensor=TENSOR)
    return with_distance(network, EMBEDDING, seen.tensors)


def _book(
    network: Any,  # noqa: ANN401 - keras is untyped
    fitted: Fitted,
    examples: Examples,
    temperature: float,
) -> FoldBook:
    """Convert what ships and the fits without each fold."""
    without = [
        to_tflite(_network(boosted, examples.where(fitted.folds != fold), temperature))
        for fold, boosted in enumerate(fitted.without)
    ]
    folds = dict(zip(examples.digests.tolist(), fitted.folds.tolist(), strict=True))
    return FoldBook(shipped=to_tflite(network), artefacts=without, folds=folds)


def _thresholds(examples: Examples, judged: _Outputs) -> dict[str, float]:
    return {
        label: threshold_for(
            examples.labels == label,
            judged["probabilities"][:, LABELS.index(label)].astype(np.float64),
            specificity=specificity,
        )
        for label, specificity in _SPECIFICITY.items()
    }


def _int8(network: Any, artefact: bytes, examples: Examples) -> dict[str, Any]:  # noqa: ANN401 - keras is untyped
    """Say what the int8 twin would cost: it does not ship."""
    few = {TENSOR: examples.rows[:: max(1, len(examples) // _INT8_ROWS)]}
    twin = to_tflite_int8(network, few)
    usual, other = (run_outputs(each, few)["probabilities"].argmax(axis=1) for each in (artefact, twin))
    return {"bytes": len(twin), "windows": len(usual), "same_label": round(float((usual == other).mean()), 4)}


def _prototypes(examples: Examples, judged: _Outputs) -> bytes:
    """Choose among the windows that were judged rightly with the surest word."""
    columns, given = _columns(examples), judged["probabilities"]
    sure = given[np.arange(len(columns)), columns] >= np.median(given.max(axis=1))
    windows = [
        LabelledWindow(
            label=str(examples.labels[at]),
            embedding=[round(float(value), 3) for value in judged["embedding"][at]],
            beat_uv=examples.beats_uv[at].tolist(),
        )
        for at in np.flatnonzero(sure)
    ]
    chosen = partial(PrototypeSet.chosen, rate_hz=float(COMMON_RATE_HZ), per_label=_PROTOTYPES_PER_LABEL)
    return msgspec.json.encode(chosen("rhythm", windows))


def _reference(examples: Examples, judged: _Outputs, book: FoldBook, long: Examples | None) -> bytes:
    """Tell the gateway what is usual; the limits come from those who were recorded for long, if any."""
    trained = Seen(
        inputs={TENSOR: examples.rows[:, :_WATCHED_COLUMNS]},
        probabilities=judged["probabilities"],
        people=examples.records,
    )
    wearers = trained
    if long is not None:
        wearers = Seen(
            inputs={TENSOR: long.rows[:, :_WATCHED_COLUMNS]},
            probabilities=judge_windows(book, long)["probabilities"],
            people=long.records,
        )
    return reference_of("rhythm", LABELS, trained=trained, wearers=wearers)


def _log(history: Mapping[str, Sequence[float]], logs_dir: Path | None) -> None:
    """Write the log loss after each round for TensorBoard."""
    if logs_dir is None:
        return
    with tf.summary.create_file_writer(str(logs_dir / "rhythm")).as_default():
        for name, losses in history.items():
            for step, loss in enumerate(losses):
                tf.summary.scalar(name, loss, step=step)


def _write(
    out_dir: Path,
    manifest: ModelManifest,
    book: FoldBook,
    evaluation: Evaluation,
    companions: Mapping[str, bytes],
) -> Path:
    """Write artefacts, manifest, report (the worst records only), figures and card."""
    report = {**evaluation.report, "by_record": evaluation.report["by_record"][:_REPORTED_RECORDS]}
    path = write_manifest(
        msgspec.structs.replace(manifest, metrics=metrics_of(report)),
        book.shipped,
        out_dir,
        companions=companions,
    )
    write_folds(out_dir, book.artefacts, book.folds)
    (out_dir / "report.json").write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    evaluation.draw(out_dir / "figures")
    write_card(out_dir, ABOUT)
    return path
