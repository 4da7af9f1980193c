"""Judge a fall model on recordings laid out as SisFall's excerpt is, through the gateway's interpreter."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from models.evaluation import Evaluation, model_facts
from models.falls.examples import LABELS, Blows
from models.falls.judging import Judged, judge, outputs_of
from models.falls.recordings import Motion, recordings_folder, sisfall
from models.falls.report import report_of, truth_and_verdicts
from models.falls.variation import OTHER_SENSORS, aligned
from models.folds import FoldBook
from models.interpreter import median_time_us
from models.left_out import LeftOut
from models.plan import Progress
from models.scores.classification import confusion
from vitals.errors import RecordingError
from vitals.features.falls import FALL_FEATURE_VERSION, FALL_INPUTS
from vitals.manifest import ModelManifest, load_verified

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["evaluate", "read"]

_SEED: Final = 17


def evaluate(folder: Path, records_dir: Path, *, progress: Progress) -> Evaluation:
    """Verify the artefact, then judge it on every recording of a folder, or of the ``sisfall/`` in it.

    Raises
    ------
    ModelRejectedError
        The artefact does not keep its manifest.
    RecordingError
        There are no recordings, or none can be judged.
    """
    manifest, artefact = load_verified(
        folder / "manifest.json", feature_version=FALL_FEATURE_VERSION, trusted=None
    )
    book = FoldBook.load(folder, artefact)
    left_out = LeftOut()
    recordings = read(records_dir, progress, left_out)
    progress("looking for blows", 0.4)
    blows = Blows.gather(recordings)
    progress("judging them", 0.6)
    judged = judge(recordings, blows, outputs_of(recordings, blows, book), manifest)
    row = {name: np.zeros(shape, np.float32) for name, shape in FALL_INPUTS.items()}
    facts = model_facts(
        version=manifest.version, size_bytes=len(artefact), p50_us=median_time_us(artefact, row)
    )
    report = {
        "name": manifest.name,
        "model": facts,
        **report_of(judged),
        "other_sensors": _other_sensors(recordings, blows, book, manifest, progress),
        "counts_per_g": _counts_per_g(recordings),
        "out_of_fold": sum(book.knows(motion.digest) for motion in recordings),
        "left_out": left_out.rows(),
    }
    return Evaluation(report=report, figures=_figures(judged))


def read(records_dir: Path, progress: Progress, left_out: LeftOut | None = None) -> list[Motion]:
    """Read what can be judged; ``left_out`` is told of the rest.

    Raises
    ------
    RecordingError
        Nothing can be judged, or (without ``left_out``) a file cannot be read.
    """
    folder = recordings_folder(records_dir)
    recordings: list[Motion] = []
    for motion in sisfall(folder, left_out):
        recordings.append(motion)
        progress("reading", 0.0)
    if not recordings:
        first = left_out.first() if left_out else ""
        raise RecordingError(f"{folder} holds nothing that can be judged{first}: see its layout")
    return recordings


def _other_sensors(
    recordings: Sequence[Motion], blows: Blows, book: FoldBook, manifest: ModelManifest, progress: Progress
) -> list[dict[str, Any]]:
    """Judge the same blows as other sensors would have felt them, or one elsewhere on the body."""
    rows = []
    for place, (name, changes) in enumerate(OTHER_SENSORS.items()):
        progress(f"as felt by another sensor: {name}", 0.7 + 0.3 * place / len(OTHER_SENSORS))
        random = np.random.default_rng(_SEED)
        surrounds = np.empty_like(blows.surround_g)
        for index, surround_g in enumerate(blows.surround_g):
            surrounds[index] = aligned(_changed(surround_g.astype(np.float64), changes, random))
        other = replace(blows, surround_g=surrounds)
        report = report_of(judge(recordings, other, outputs_of(recordings, other, book), manifest))
        figures = ("event_se", "false_alarms_per_hour", "coverage", "intervals")
        rows.append({"sensor": name, **{figure: report[figure] for figure in figures}})
    return rows


def _changed(samples: Any, changes: Sequence[Callable[..., Any]], random: np.random.Generator) -> Any:  # noqa: ANN401
    for change in changes:
        samples = change(samples, random)
    return samples


def _counts_per_g(recordings: Sequence[Motion]) -> dict[str, float]:
    """Return what the sensors were found to read at rest, over all people."""
    found = [motion.counts_per_g for motion in recordings]
    return {
        "least": round(min(found), 1),
        "median": float(np.median(found).round(1)),
        "most": round(max(found), 1),
    }


def _figures(judged: Judged) -> dict[str, Callable[[], "Figure"]]:
    from models import figures  # noqa: PLC0415 - matplotlib is heavy, and only needed to draw

    truth, verdicts = truth_and_verdicts(judged)
    sure = np.maximum(judged.probability, 1.0 - judged.probability)
    is_right = (judged.probability >= 0.5) == judged.is_fall  # noqa: PLR2004 - the likelier of two
    right = {
        str(person): float((truth == verdicts)[judged.people == person].mean())
        for person in np.unique(judged.people)
    }
    return {
        "confusion": lambda: figures.confusion(
            confusion(truth, verdicts, LABELS), LABELS, title="Recordings of people unseen"
        ),
        "reliability": lambda: figures.reliability(sure, is_right),
        "curves": lambda: figures.roc_and_pr(
            judged.is_fall, {"model": judged.probability}, title="A fall in a recording"
        ),
        "worst_people": lambda: figures.worst_records(right, title="Share of recordings judged right"),
    }
