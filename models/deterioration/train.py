"""Train the deterioration model on CinC 2012: networks out of fold, the one that ships, and their report."""

from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.cards import write_card
from models.deterioration.about import ABOUT
from models.deterioration.contract import Found, manifest_for
from models.deterioration.evaluate import judged
from models.deterioration.examples import END_H, Examples, gather
from models.deterioration.fitting import Fitted, fit
from models.deterioration.network import logits_of, table_of, with_outputs
from models.deterioration.stays import Stay, stays
from models.distance import distance_limit
from models.evaluation import Evaluation, metrics_of
from models.export import to_tflite, to_tflite_int8, verify_conversion, write_manifest
from models.folds import FoldBook, fold_of, write_folds
from models.interpreter import median_time_us, run_outputs, run_rows
from models.plan import Progress, TrainingPlan
from models.scores.calibration import best_temperature
from models.scores.curves import auroc, threshold_for
from vitals.errors import ModelRejectedError
from vitals.scores.deterioration import TABLE_NAME, DeteriorationModel, DeteriorationTable

__all__ = ["train"]

_FOLDS: Final = 5
_ENDS_H: Final = (24, END_H)
_SPECIFICITY: Final = 0.9
_PROBES: Final = 200
_TOLERANCE: Final = 1e-4
_SMOKE_STAYS: Final = 300
_SMOKE_FOLDS: Final = 2
_SHIPPED_ROWS: Final = 60
"""How many stays the shipped report lists, the worst judged; an evaluation lists all."""


def train(data_dir: Path, out_dir: Path, *, plan: TrainingPlan, progress: Progress) -> Path:
    """Train on every stay with an outcome; return the manifest's path."""
    progress("reading stays", 0.0)
    found = list(islice(stays(data_dir), _SMOKE_STAYS if plan.smoke else None))
    rows, whole = gather(found, ends_h=_ENDS_H), gather(found)
    folds = _SMOKE_FOLDS if plan.smoke else _FOLDS
    of_row, of_stay = (np.array([fold_of(str(r), folds) for r in each.records]) for each in (rows, whole))

    fitted = []
    for fold in range(folds):
        progress(f"fitting without part {fold + 1} of {folds}", 0.1 + 0.5 * fold / folds)
        fitted.append(_fit(rows.where(of_row != fold), whole.where(of_stay == fold), f"without-{fold}", plan))
    progress("fitting on all", 0.6)
    shipped = _fit(rows, None, "all", plan)

    logits = _out_of_fold(fitted, whole, of_stay)
    temperature = round(
        best_temperature(whole.died.astype(np.int64), np.stack([0 * logits, logits], axis=1)), 2
    )
    probabilities = 1 / (1 + np.exp(-logits / temperature))
    network = with_outputs(shipped.network, rows, temperature=temperature)
    artefact = to_tflite(network)
    probe = whole.where(np.arange(min(_PROBES, len(whole))))
    difference = verify_conversion(network, artefact, probe.tensors)
    table = table_of(shipped.network, rows, temperature=temperature)
    _refuse_another(table, artefact, probe)
    settled = Found(
        folds=folds,
        records=len(whole),
        temperature=temperature,
        threshold=threshold_for(whole.died, probabilities, specificity=_SPECIFICITY),
        distance_limit=distance_limit(run_outputs(artefact, whole.tensors)["distance"]),
    )
    manifest = manifest_for(data_dir, settled, plan=plan)
    parts = [to_tflite(with_outputs(each.network, rows, temperature=temperature)) for each in fitted]
    write_folds(out_dir, parts, _digests(found, folds))

    progress("judging", 0.8)
    evaluation = judged(manifest, FoldBook.load(out_dir, artefact), found, progress=progress)
    report = evaluation.report | {
        "conversion_difference": difference,
        "int8": _int8(network, artefact, whole, out_dir),
        "by_record": _worst(evaluation.report["by_record"]),
    }
    sealed = msgspec.structs.replace(manifest, metrics=metrics_of(report))
    path = write_manifest(sealed, artefact, out_dir, companions={TABLE_NAME: msgspec.json.encode(table)})
    (out_dir / "report.json").write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    Evaluation(report=report, figures={**evaluation.figures, **_curves(fitted[0])}).draw(out_dir / "figures")
    write_card(out_dir, ABOUT)
    progress("done", 1.0)
    return path


def _refuse_another(table: DeteriorationTable, artefact: bytes, probe: Examples) -> None:
    """Make sure that the table and the artefact are one model."""
    found = run_rows(artefact, probe.tensors)[:, 1]
    model = DeteriorationModel(table)
    for place, expected in enumerate(found):
        row = {name: rows[place : place + 1] for name, rows in probe.tensors.items()}
        difference = abs(model.judge(row).probability - float(expected))
        if not difference <= _TOLERANCE:
            raise ModelRejectedError(
                f"the table differs from the artefact by {difference:.2g}: do not ship it"
            )


def _fit(rows: Examples, unseen: Examples | None, name: str, plan: TrainingPlan) -> Fitted:
    return fit(
        rows,
        unseen,
        seed=plan.seed,
        epochs=1 if plan.smoke else plan.epochs,
        logs_dir=plan.logs_dir / name if plan.logs_dir else None,
    )


def _out_of_fold(fitted: list[Fitted], whole: Examples, of_stay: NDArray[np.int64]) -> NDArray[np.float64]:
    logits = np.zeros(len(whole))
    for fold, each in enumerate(fitted):
        logits[of_stay == fold] = logits_of(each.network, whole.where(of_stay == fold))
    return logits


def _digests(found: list[Stay], folds: int) -> dict[str, int]:
    return {stay.digest: fold_of(stay.record, folds) for stay in found}


def _curves(fitted: Fitted) -> dict[str, Any]:
    from models import figures  # noqa: PLC0415 - matplotlib is heavy, and only needed to draw

    losses = {name: fitted.history[name] for name in ("loss", "val_loss")}
    return {"training": lambda: figures.training_curves(losses)}


def _worst(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Keep the stays whose end surprised the model most."""
    return sorted(rows, key=lambda row: abs(row["died"] - row["probability"]), reverse=True)[:_SHIPPED_ROWS]


def _int8(network: Any, artefact: bytes, whole: Examples, out_dir: Path) -> dict[str, Any]:  # noqa: ANN401
    """Export the int8 twin and say what it costs; it does not ship as the default."""
    twin = to_tflite_int8(network, whole.where(np.arange(min(_PROBES, len(whole)))).tensors)
    (out_dir / "deterioration.int8.tflite").write_bytes(twin)
    areas = [auroc(whole.died, run_rows(each, whole.tensors)[:, 1]) for each in (artefact, twin)]
    row = {name: rows[:1] for name, rows in whole.tensors.items()}
    return {
        "bytes": len(twin),
        "p50_us": round(median_time_us(twin, row), 1),
        "auroc_difference": round(areas[1] - areas[0], 4),
    }
