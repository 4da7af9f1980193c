"""Judge the model and NEWS2 on the same stays: those of any set, trained on or not."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from models.deterioration.examples import AT_HOME, END_H, WORN, Examples, gather
from models.deterioration.labels import DIED, LABELS
from models.deterioration.report import Judged, report_on, strata_of
from models.deterioration.rule import course
from models.deterioration.stays import Stay, stays
from models.evaluation import Evaluation, model_facts
from models.folds import FoldBook
from models.interpreter import OUTPUT, median_time_us, run_outputs
from models.left_out import LeftOut
from models.plan import Progress
from vitals.features.deterioration import DETERIORATION_FEATURE_VERSION
from vitals.manifest import ModelManifest, load_verified

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Verdicts", "evaluate", "figures_of", "judged"]

_DAY_H: Final = 24
_DIED: Final = LABELS.index(DIED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """What the networks said: ``(n,)`` probabilities of death and distances."""

    died: NDArray[np.float64]
    distance: NDArray[np.float64]


def evaluate(folder: Path, records_dir: Path, *, progress: Progress) -> Evaluation:
    """Judge every stay by a network that never saw it, at its end and after a day, with all and with less.

    Raises
    ------
    ModelRejectedError
        The artefact does not keep its manifest.
    RecordingError
        There is no set of stays with outcomes.
    """
    manifest, shipped = load_verified(
        folder / "manifest.json", feature_version=DETERIORATION_FEATURE_VERSION, trusted=None
    )
    progress("reading stays", 0.0)
    left_out = LeftOut()
    found = list(stays(records_dir, left_out))
    evaluation = judged(manifest, FoldBook.load(folder, shipped), found, progress=progress)
    return replace(evaluation, report=evaluation.report | {"left_out": left_out.rows()})


def judged(manifest: ModelManifest, book: FoldBook, found: list[Stay], *, progress: Progress) -> Evaluation:
    """Judge stays already read."""
    progress("scoring NEWS2", 0.2)
    courses = [course(stay) for stay in found]
    courses_home = [course(stay, at_home=True) for stay in found]
    progress("running the artefacts", 0.6)
    whole, first_day = gather(found), gather(found, ends_h=(_DAY_H,))
    settings = {
        "all": whole,
        "home": whole.with_only(AT_HOME),
        "worn": whole.with_only(WORN),
        f"{_DAY_H}h": first_day,
    }
    verdicts = {name: _verdicts(book, found, rows) for name, rows in settings.items()}
    facts = model_facts(
        version=manifest.version,
        size_bytes=len(book.shipped),
        p50_us=median_time_us(book.shipped, {name: rows[:1] for name, rows in whole.tensors.items()}),
    )
    seen = Judged(
        stays=found,
        rows=whole,
        probabilities={name: verdict.died for name, verdict in verdicts.items()},
        distance=verdicts["all"].distance,
        courses=courses,
        courses_home=courses_home,
        out_of_fold=np.array([book.knows(stay.digest) for stay in found]),
    )
    progress("drawing stays again and again", 0.8)
    report = {"name": manifest.name, "model": facts, "hours": END_H} | report_on(
        seen, threshold=manifest.thresholds[DIED], distance_limit=manifest.distance_limit
    )
    return Evaluation(report=report, figures=figures_of(seen))


def figures_of(seen: Judged) -> dict[str, Callable[[], "Figure"]]:
    """How to draw what the evaluation measured."""
    from models import figures  # noqa: PLC0415 - matplotlib is heavy, and only needed to draw

    died, given = seen.rows.died, seen.probabilities["all"]
    reading, news2, _ = seen.rule()
    curves = {"model": given, "at home": seen.probabilities["home"], f"NEWS2 ({reading})": news2}
    worst = {f"{row['stratum']} ({row['stays']})": row["auroc"] for row in strata_of(seen)}
    return {
        "roc_and_pr": lambda: figures.roc_and_pr(died, curves, title="died in hospital"),
        "reliability": lambda: figures.reliability(given, died, title="Died, against the probability"),
        "strata": lambda: figures.worst_records(worst, title="AUROC by stratum (stays)"),
    }


def _verdicts(book: FoldBook, found: list[Stay], rows: Examples) -> Verdicts:
    """Run each network over the stays it may judge."""
    artefacts = [book.artefact_for(stay.digest) for stay in found]
    died, distance = np.zeros(len(rows)), np.zeros(len(rows))
    for artefact in dict.fromkeys(artefacts):
        chosen = np.array([each is artefact or each == artefact for each in artefacts])
        outputs = run_outputs(artefact, rows.where(chosen).tensors)
        died[chosen] = outputs[OUTPUT][:, _DIED]
        distance[chosen] = outputs["distance"][:, 0]
    return Verdicts(died=died, distance=distance)
