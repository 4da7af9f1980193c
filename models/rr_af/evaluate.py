"""Judge the model of RR intervals on recordings of patients it has not seen."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models.evaluation import Evaluation, model_facts
from models.folds import FoldBook
from models.interpreter import median_time_us
from models.left_out import LeftOut
from models.plan import Progress
from models.rr_af.judging import Judged, judge, windows
from models.rr_af.recordings import afdb, afdb_folder, mitdb_intervals
from models.rr_af.report import afdb_report, mitdb_report
from models.scores.classification import confusion
from vitals.errors import RecordingError
from vitals.features.rr_af import RR_AF_FEATURE_VERSION
from vitals.manifest import ModelManifest, load_verified

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["evaluate"]


def evaluate(folder: Path, records_dir: Path, *, progress: Progress) -> Evaluation:
    """Judge every recording of ``afdb_rr.tar.xz``, and those of ``mitdb/`` where that lies beside it.

    Raises
    ------
    ModelRejectedError
        The artefact does not keep its manifest.
    RecordingError
        There is no ``afdb_rr.tar.xz``, or it cannot be read.
    """
    manifest, artefact = load_verified(
        folder / "manifest.json", feature_version=RR_AF_FEATURE_VERSION, trusted=None
    )
    archive = afdb_folder(records_dir)
    book = FoldBook.load(folder, artefact)
    progress("reading the recordings", 0.0)
    left_out = LeftOut()
    recordings = list(afdb(archive, left_out))
    if not recordings:
        raise RecordingError(f"{archive} holds no recording that can be judged{left_out.first()}")
    judged = []
    for place, recording in enumerate(recordings):
        progress("judging every beat", place / len(recordings))
        judged += judge([recording], book)
    report = {
        "name": manifest.name,
        "model": _facts(manifest, artefact, judged[0]),
        **afdb_report(judged, threshold=manifest.thresholds["AF"], distance_limit=manifest.distance_limit),
    }
    if (mitdb := records_dir / "mitdb").is_dir():
        progress("judging MIT-BIH", 0.0)
        external = judge(mitdb_intervals(mitdb, left_out), book)
        report |= mitdb_report(external, threshold=manifest.thresholds["AF"])
    report["left_out"] = left_out.rows()
    progress("done", 1.0)
    return Evaluation(report=report, figures=_figures(judged, report))


def _facts(manifest: ModelManifest, artefact: bytes, one: Judged) -> dict[str, Any]:
    row = {"rr": windows(one.recording.rr_ms[:200])[:1]}
    return dict(
        model_facts(version=manifest.version, size_bytes=len(artefact), p50_us=median_time_us(artefact, row))
    )


def _figures(judged: Sequence[Judged], report: dict[str, Any]) -> dict[str, Callable[[], "Figure"]]:
    from models import figures  # noqa: PLC0415 - matplotlib is heavy, and only needed to draw

    is_af = np.concatenate([one.is_af for one in judged])
    given = np.concatenate([one.given for one in judged])
    labels = ("AF", "other")
    said = np.where(given >= report["threshold"], *labels)
    counts = confusion(np.where(is_af, *labels), said, labels)
    agreement = {
        row["record"]: 1 - (row["missed"] + row["false"]) / max(row["support"] + row["others"], 1)
        for row in report["by_record"]
    }
    return {
        "confusion": lambda: figures.confusion(counts, labels, title="every beat"),
        "roc_and_pr": lambda: figures.roc_and_pr(is_af, {"every beat": given}, title="AF"),
        "reliability": lambda: figures.reliability(np.maximum(given, 1 - given), (given >= 0.5) == is_af),  # noqa: PLR2004
        "worst_records": lambda: figures.worst_records(agreement, title="share of beats judged rightly"),
    }
