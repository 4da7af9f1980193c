"""Judge a rhythm artefact on strips and on long recordings, through the interpreter that will run it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from models.datasets import cinc2017
from models.evaluation import Evaluation, model_facts
from models.folds import FoldBook
from models.interpreter import median_time_us
from models.left_out import LeftOut
from models.noise import find_noises
from models.plan import Progress
from models.rhythm.examples import TENSOR, Examples, strip_windows
from models.rhythm.external import external_examples, external_report
from models.rhythm.judged import judge_windows, judged_records
from models.rhythm.noise_stress import noise_figure, strip_noise_curve
from models.rhythm.report import figures_of, report_on_strips
from vitals.errors import RecordingError
from vitals.features.rhythm import RHYTHM_FEATURE_VERSION
from vitals.manifest import ModelManifest, load_verified

__all__ = ["evaluate", "evaluation_of"]


def evaluate(folder: Path, records_dir: Path, *, progress: Progress) -> Evaluation:
    """Verify the artefact, then judge it on the strips of a folder and on ``mitdb/``, as far as there.

    ``records_dir`` holds ``REFERENCE.csv`` and the strips, or ``cinc2017/`` that does, or ``mitdb/``. Where
    ``nstdb/`` is within it or beside it, some strips are judged in noise as well.

    Raises
    ------
    ModelRejectedError
        The artefact does not keep its manifest.
    RecordingError
        There is nothing to judge, or it cannot be read.
    """
    manifest, artefact = load_verified(
        folder / "manifest.json", feature_version=RHYTHM_FEATURE_VERSION, trusted=None
    )
    places = (records_dir, records_dir / "cinc2017")
    strips_dir = next((place for place in places if (place / "REFERENCE.csv").is_file()), None)
    long_dir = records_dir / "mitdb"
    if strips_dir is None and not long_dir.is_dir():
        raise RecordingError(
            f"{records_dir} holds neither REFERENCE.csv with its strips nor mitdb/: point --records at them"
        )
    strips, long, left_out = None, None, LeftOut()
    if strips_dir is not None:
        progress("cutting strips into windows", 0.0)
        windows = strip_windows(cinc2017(strips_dir, left_out=left_out), left_out)
        strips = Examples.gather(windows, left_out)
    if long_dir.is_dir():
        progress("streaming long recordings through the detector", 0.5)
        long = external_examples(long_dir, left_out)
    progress("running the artefact", 0.9)
    book = FoldBook.load(folder, artefact)
    evaluation = evaluation_of(manifest, book, strips=strips, long=long)
    report = evaluation.report | {"left_out": left_out.rows()}
    tapes = find_noises(records_dir)
    if strips_dir is None or not tapes:
        return replace(evaluation, report=report)
    read = cinc2017(strips_dir, left_out=left_out)
    curve = strip_noise_curve(read, manifest, book, tapes, progress=progress)
    return Evaluation(
        report=report | {"noise": curve},
        figures={**evaluation.figures, "noise": lambda: noise_figure(curve)},
    )


def evaluation_of(
    manifest: ModelManifest, book: FoldBook, *, strips: Examples | None, long: Examples | None
) -> Evaluation:
    """Report on windows that were cut already."""
    some = strips if strips is not None else long
    if some is None:
        raise RecordingError("there are no windows to judge: give strips, long recordings or both")
    p50_us = median_time_us(book.shipped, {TENSOR: some.rows[:1]})
    report: dict[str, Any] = {
        "name": manifest.name,
        "model": model_facts(version=manifest.version, size_bytes=len(book.shipped), p50_us=p50_us),
    }
    threshold = manifest.thresholds["A"]
    if long is not None:
        report["mitdb"] = external_report(long, judge_windows(book, long)["probabilities"], threshold)
    if strips is None:
        return Evaluation(report=report)
    judged = judged_records(book, strips)
    report |= report_on_strips(judged, af_threshold=threshold, seed=manifest.seed)
    return Evaluation(report=report, figures=figures_of(judged))
