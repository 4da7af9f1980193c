"""Train the rhythm classifier on CinC 2017: prepare, fit, calibrate, set the thresholds, export."""

from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec

from models.cards import write_card
from models.datasets import cinc2017
from models.evaluation import Evaluation, metrics_of
from models.export import to_tflite, to_tflite_int8, verify_conversion, write_manifest
from models.interpreter import median_time_us
from models.plan import Progress, TrainingPlan
from models.rhythm.about import ABOUT
from models.rhythm.contract import manifest_for
from models.rhythm.evaluate import figures_of, judge_strips, mitdb_examples, report_on
from models.rhythm.examples import LABELS, Examples, strip_windows
from models.rhythm.fitting import fit
from models.rhythm.network import with_temperature
from models.rhythm.scores import best_temperature, mean_f1, softmax, threshold_for
from models.splits import splits_of

__all__ = ["cinc_examples", "train"]

_SMOKE_STRIPS: Final = 300
_INT8_SAMPLES: Final = 300
_SPECIFICITY: Final = {"A": 0.98, "~": 0.98}
"""Share of other windows that must stay below the threshold of a label, on the validation part."""


def train(data_dir: Path, out_dir: Path, *, plan: TrainingPlan, progress: Progress) -> Path:
    """Train on ``cinc2017/``, judge on its unseen records and on ``mitdb/``; return the manifest's path."""
    progress("cutting CinC 2017 into windows", 0.0)
    examples = _smoke_examples(data_dir) if plan.smoke else cinc_examples(data_dir, plan.cache_dir)
    network = fit(examples, seed=plan.seed, epochs=1 if plan.smoke else plan.epochs, progress=progress)
    validation = examples.where(splits_of(examples.records) == "validation")
    logits = network.predict(validation.tensors, batch_size=256, verbose=0)
    temperature = best_temperature(validation.labels, logits)
    calibrated = softmax(logits / temperature)
    thresholds = {
        label: threshold_for(
            validation.labels == label, calibrated[:, LABELS.index(label)], specificity=specificity
        )
        for label, specificity in _SPECIFICITY.items()
    }
    shipped = with_temperature(network, temperature)
    progress("converting", 0.9)
    artefact = to_tflite(shipped)
    probe = {name: rows[:200] for name, rows in validation.tensors.items()}
    conversion_difference = verify_conversion(shipped, artefact, probe)
    manifest = manifest_for(examples, data_dir, plan=plan, temperature=temperature, thresholds=thresholds)
    external = (
        mitdb_examples(data_dir / "mitdb") if not plan.smoke and (data_dir / "mitdb").is_dir() else None
    )
    report, judged = report_on(manifest, artefact, strips=examples, external=external)
    report["conversion_difference"] = conversion_difference
    report["int8"] = _int8(shipped, examples, out_dir, report)
    metrics = metrics_of(report)
    path = write_manifest(msgspec.structs.replace(manifest, metrics=metrics), artefact, out_dir)
    (out_dir / "report.json").write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    if judged is not None:
        Evaluation(report=report, figures=figures_of(judged)).draw(out_dir / "figures")
    write_card(out_dir, ABOUT)
    progress("done", 1.0)
    return path


def cinc_examples(data_dir: Path, cache_dir: Path | None) -> Examples:
    """Return the windows of CinC 2017, from the cache where it is there."""
    cached = cache_dir / "cinc2017.npz" if cache_dir else None
    if cached and cached.is_file():
        return Examples.load(cached)
    examples = Examples.gather(strip_windows(cinc2017(data_dir / "cinc2017")))
    if cached:
        cached.parent.mkdir(parents=True, exist_ok=True)
        examples.save(cached)
    return examples


def _smoke_examples(data_dir: Path) -> Examples:
    return Examples.gather(strip_windows(islice(cinc2017(data_dir / "cinc2017"), _SMOKE_STRIPS)))


def _int8(shipped: Any, examples: Examples, out_dir: Path, report: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401
    """Export the int8 twin and say what it costs; it does not ship as the default."""
    parts = splits_of(examples.records)
    ranges = {name: rows[:_INT8_SAMPLES] for name, rows in examples.where(parts == "train").tensors.items()}
    artefact = to_tflite_int8(shipped, ranges)
    out_dir.mkdir(parents=True, exist_ok=True)
    (out_dir / "rhythm.int8.tflite").write_bytes(artefact)
    judged = judge_strips(artefact, examples.where(parts == "test"))
    f1 = mean_f1(judged.truth, judged.labels)
    return {
        "bytes": len(artefact),
        "inference_p50_us": round(median_time_us(artefact, {n: r[:1] for n, r in ranges.items()}), 1),
        "mean_f1": round(f1, 4),
        "mean_f1_difference": round(f1 - report["cinc2017_test"]["mean_f1"], 4),
    }
