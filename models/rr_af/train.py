"""Train the model of RR intervals: part by part, calibrate on who was left out, then on everybody, export."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.cards import write_card
from models.distance import distance_limit, with_distance
from models.evaluation import Evaluation, metrics_of
from models.export import to_tflite, to_tflite_int8, verify_conversion, write_manifest
from models.figures import training_curves
from models.folds import FoldBook, write_folds
from models.interpreter import median_time_us, run_outputs
from models.plan import Progress, TrainingPlan
from models.rr_af.about import ABOUT
from models.rr_af.calibrating import calibrate, said
from models.rr_af.contract import data_sources, manifest_for
from models.rr_af.evaluate import evaluate
from models.rr_af.fitting import fit
from models.rr_af.judging import windows
from models.rr_af.labels import AF
from models.rr_af.network import EMBEDDING, Network
from models.rr_af.recordings import RrRecording
from models.rr_af.sources import Sources

__all__ = ["train"]

_EPOCHS: Final = 14
_PARTS: Final = 5
_SMOKE_PARTS: Final = 2
"""Of these only the first is left out: the other would show the same road."""
_DISTANCE_WINDOWS: Final = 4000
_DISTANCE_HOP: Final = 64
_INT8_WINDOWS: Final = 300
_PROBES: Final = 100

_Windows = dict[str, NDArray[np.float32]]


def train(data_dir: Path, out_dir: Path, *, plan: TrainingPlan, progress: Progress) -> Path:
    """Train on ``afdb_rr/``, and on ``mitdb/`` and ``cinc2017/`` where they are; return the manifest's path.

    Raises
    ------
    RecordingError
        There is no ``afdb_rr.tar.xz``, or a set cannot be read.
    """
    progress("reading the recordings", 0.0)
    sources = Sources.read(data_dir, smoke=plan.smoke)
    plan = replace(plan, epochs=1 if plan.smoke else min(plan.epochs, _EPOCHS))
    parts = sources.dealt(_SMOKE_PARTS if plan.smoke else _PARTS)
    networks, left_out = [], []
    for part in range(1 if plan.smoke else _PARTS):
        network, _ = fit(sources.without(part, parts), plan=plan, name=f"part-{part}", progress=progress)
        networks.append(network)
        left_out += [
            said(network, one, kind=kind)
            for kind, recordings in (("long", sources.long), ("short", sources.short))
            for one in recordings
            if parts[one.patient] == part
        ]
    shipped, losses = fit(sources, plan=plan, name="shipped", progress=progress)
    progress("calibrating and converting", 0.0)
    calibration = calibrate(left_out)
    rows = _some_windows(sources.judged, plan.seed)
    finished = [_finished(network, calibration.temperature, rows) for network in (shipped, *networks)]
    artefact, *without_part = (to_tflite(network) for network in finished)
    folds = {one.digest: parts[one.patient] for one in sources.judged if parts[one.patient] < len(networks)}
    write_folds(out_dir, without_part, folds)
    manifest = manifest_for(
        data_sources(data_dir, sources),
        plan=plan,
        calibration=calibration,
        distance_limit=_limit(sources.judged, FoldBook.load(out_dir, artefact)),
    )
    write_manifest(manifest, artefact, out_dir)
    evaluation = evaluate(out_dir, data_dir, progress=progress)
    further = {
        "conversion_difference": verify_conversion(finished[0], artefact, _every(rows, _PROBES)),
        "int8": _int8(finished[0], artefact, rows, out_dir / "rr-af.int8.tflite"),
    }
    metrics = metrics_of(evaluation.report)
    path = write_manifest(msgspec.structs.replace(manifest, metrics=metrics), artefact, out_dir)
    _write_report(evaluation, further, losses, out_dir)
    progress("done", 1.0)
    return path


def _some_windows(recordings: Sequence[RrRecording], seed: int) -> _Windows:
    """Return some thousand windows of all patients alike."""
    each = -(-_DISTANCE_WINDOWS // len(recordings))
    rows = [windows(one.rr_ms, hop=max(1, len(one.rr_ms) // each)) for one in recordings]
    return {"rr": np.random.default_rng(seed).permutation(np.concatenate(rows))}


def _limit(recordings: Sequence[RrRecording], book: FoldBook) -> float:
    """Return how far windows of patients lie from the training of a network that never saw them."""
    distances = [
        run_outputs(book.artefact_for(one.digest), {"rr": windows(one.rr_ms, hop=_DISTANCE_HOP)})["distance"]
        for one in recordings
    ]
    return distance_limit(np.concatenate(distances))


def _every(rows: _Windows, count: int) -> _Windows:
    """Return some of the windows, from all over them."""
    return {name: values[:: max(1, len(values) // count)] for name, values in rows.items()}


def _finished(network: Network, temperature: float, rows: _Windows) -> Any:  # noqa: ANN401 - keras is untyped
    """Return the form that ships: calibrated, and with its distance."""
    network.calibrate(temperature)
    return with_distance(network.window, EMBEDDING, rows)


def _int8(finished: Any, artefact: bytes, rows: _Windows, path: Path) -> dict[str, float]:  # noqa: ANN401 - likewise
    """Export the int8 twin, which does not ship, and say how it differs on windows of all patients."""
    twin = to_tflite_int8(finished, _every(rows, _INT8_WINDOWS))
    path.write_bytes(twin)
    ours, its = (run_outputs(one, rows)["probabilities"] for one in (artefact, twin))
    return {
        "bytes": len(twin),
        "p50_us": round(median_time_us(twin, _every(rows, 1)), 1),
        "windows": len(ours),
        "same_verdict": round(float((ours.argmax(axis=1) == its.argmax(axis=1)).mean()), 5),
        "mean_difference": round(float(np.abs(ours - its)[:, AF].mean()), 5),
    }


def _write_report(
    evaluation: Evaluation, further: dict[str, Any], losses: Sequence[float], out_dir: Path
) -> None:
    report = evaluation.report | further
    (out_dir / "report.json").write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    curves = {"training": lambda: training_curves({"loss": losses})}
    Evaluation(report=report, figures={**evaluation.figures, **curves}).draw(out_dir / "figures")
    write_card(out_dir, ABOUT)
