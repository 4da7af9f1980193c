"""Train the fall model on SisFall: vary, fit by folds of people, calibrate on those unseen, export."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.cards import write_card
from models.distance import distance_limit, with_distance
from models.evaluation import Evaluation, metrics_of
from models.export import to_tflite, to_tflite_int8, verify_conversion, write_manifest
from models.falls.about import ABOUT
from models.falls.contract import Settled, manifest_for
from models.falls.evaluate import evaluate, read
from models.falls.examples import Blows, parts_of
from models.falls.fitting import fit
from models.falls.judging import FALL
from models.falls.network import EMBEDDING, with_temperature
from models.falls.operating_point import operating_point
from models.falls.recordings import recordings_folder
from models.falls.rows import Copies, Rows
from models.folds import write_folds
from models.interpreter import median_time_us, run_rows
from models.plan import Progress, TrainingPlan
from models.scores.calibration import best_temperature, softmax
from vitals.manifest import ModelManifest

__all__ = ["train"]

_FOLDS: Final = 5
_SMOKE_FOLDS: Final = 2
_SMOKE_EPOCHS: Final = 4
_SAMPLES: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fitted:
    """A network, and which part of the people it has not seen; `None` for the one that ships."""

    network: Any
    part: int | None
    history: dict[str, list[float]]


def train(data_dir: Path, out_dir: Path, *, plan: TrainingPlan, progress: Progress) -> Path:
    """Train on every recording of a folder, or of the ``sisfall/`` in it; return the manifest's path."""
    folds = _SMOKE_FOLDS if plan.smoke else _FOLDS
    plan = replace(plan, epochs=_SMOKE_EPOCHS) if plan.smoke else plan
    recordings = read(data_dir, progress)
    parts = parts_of(recordings, folds)
    rows = Copies.of(Blows.gather(recordings), parts, seed=plan.seed, progress=progress)
    fitted = [_fit(rows, part, folds, plan, progress) for part in (*range(folds), None)]
    logits = _unseen(rows.copies[0], fitted)
    temperature = best_temperature(rows.is_fall.astype(np.int64), logits)
    threshold = operating_point(rows.is_fall, softmax(logits / temperature)[:, FALL])
    progress("converting", 0.85)
    shipped = [_with_outputs(each, rows, temperature) for each in fitted]
    artefacts = [to_tflite(each.network) for each in shipped]
    samples = _samples(rows, plan.seed)
    manifest = manifest_for(
        recordings,
        recordings_folder(data_dir),
        plan=plan,
        folds=folds,
        settled=Settled(
            temperature=temperature,
            threshold=threshold,
            distance_limit=distance_limit(
                np.concatenate([_unseen(copy, shipped, "distance") for copy in rows.copies])
            ),
        ),
    )
    write_folds(out_dir, artefacts[:folds], {each.digest: parts[each.person] for each in recordings})
    write_manifest(manifest, artefacts[-1], out_dir)
    evaluation = evaluate(out_dir, data_dir, progress=lambda what, share: progress(what, 0.9 + 0.1 * share))
    told = {
        "conversion_difference": verify_conversion(shipped[-1].network, artefacts[-1], samples),
        "int8": _int8(shipped[-1].network, artefacts[-1], samples, out_dir),
        "training": fitted[0].history,
    }
    path = _write(manifest, artefacts[-1], _with(evaluation, told), out_dir)
    progress("done", 1.0)
    return path


def _fit(rows: Copies, part: int | None, folds: int, plan: TrainingPlan, progress: Progress) -> _Fitted:
    place = folds if part is None else part
    progress(
        "fitting everybody" if part is None else f"fitting fold {part}", 0.25 + 0.6 * place / (folds + 1)
    )
    network, history = fit(
        rows if part is None else rows.where(rows.parts != part),
        unseen=rows.where(rows.parts == part) if part == 0 else None,
        seed=plan.seed + place,
        epochs=plan.epochs,
        logs_dir=plan.logs_dir / f"falls-{place}" if plan.logs_dir else None,
    )
    return _Fitted(network=network, part=part, history=history)


def _with_outputs(fitted: _Fitted, rows: Copies, temperature: float) -> _Fitted:
    """Calibrate the network, and let it tell how far a blow is from all those it was taught."""
    seen = rows.where(rows.parts != fitted.part) if fitted.part is not None else rows
    network = with_distance(with_temperature(fitted.network, temperature), EMBEDDING, seen.stacked())
    return replace(fitted, network=network)


def _unseen(copy: Rows, fitted: Sequence[_Fitted], output: str | None = None) -> NDArray[np.float64]:
    """Return an output of each row, by the network that has not seen its person."""
    found: NDArray[np.float64] | None = None
    for each in fitted:
        if each.part is None:
            continue
        mine = copy.parts == each.part
        given = each.network.predict(copy.where(mine).tensors, batch_size=512, verbose=0)
        rows = given if output is None else given[output]
        found = np.zeros((len(mine), rows.shape[1])) if found is None else found
        found[mine] = rows
    return np.zeros((0, 1)) if found is None else found


def _samples(rows: Copies, seed: int) -> dict[str, NDArray[np.float32]]:
    """Return rows as they come, of falls and others alike."""
    chosen = np.random.default_rng(seed).permutation(len(rows.is_fall))[:_SAMPLES]
    return {name: column[chosen] for name, column in rows.copies[0].tensors.items()}


def _int8(
    network: Any,  # noqa: ANN401 - keras is untyped
    artefact: bytes,
    samples: dict[str, NDArray[np.float32]],
    out_dir: Path,
) -> dict[str, float]:
    """Export the int8 twin and say what it costs; it does not ship as the default."""
    twin = to_tflite_int8(network, samples)
    (out_dir / "falls.int8.tflite").write_bytes(twin)
    difference = np.abs(run_rows(twin, samples) - run_rows(artefact, samples))[:, FALL]
    row = {name: column[:1] for name, column in samples.items()}
    return {
        "bytes": len(twin),
        "p50_us": round(median_time_us(twin, row), 1),
        "mean_probability_difference": round(float(difference.mean()), 4),
        "most_probability_difference": round(float(difference.max()), 4),
    }


def _with(evaluation: Evaluation, told: dict[str, Any]) -> Evaluation:
    from models.figures import training_curves  # noqa: PLC0415 - matplotlib is heavy, and only needed to draw

    history = told["training"]
    return Evaluation(
        report=evaluation.report | told,
        figures={**evaluation.figures, "training": lambda: training_curves(history)},
    )


def _write(manifest: ModelManifest, artefact: bytes, evaluation: Evaluation, out_dir: Path) -> Path:
    metrics = metrics_of(evaluation.report)
    path = write_manifest(msgspec.structs.replace(manifest, metrics=metrics), artefact, out_dir)
    report = msgspec.json.format(msgspec.json.encode(evaluation.report), indent=2)
    (out_dir / "report.json").write_bytes(report + b"\n")
    evaluation.draw(out_dir / "figures")
    write_card(out_dir, ABOUT)
    return path
