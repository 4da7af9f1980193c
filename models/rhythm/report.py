"""The figures of a rhythm model's judgements, as plain values."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from models.rhythm.examples import LABELS
from models.rhythm.judged import Judged
from models.scores.calibration import calibration_error
from models.scores.classification import class_scores, confusion, mean_f1
from models.scores.curves import auroc, average_precision
from models.scores.intervals import bootstrap_interval

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["SCORED", "figures_of", "report_on_strips"]

SCORED: Final = ("N", "A", "O")
"""The challenge's score is the mean F1 of these three; the noisy class is reported beside it."""
_COVERAGES: Final = (1.0, 0.95, 0.9, 0.8, 0.7)

_STRATA: Final[Mapping[str, tuple[str, tuple[float, ...]]]] = {
    "rate_per_s": ("strip.beats_per_s", (1.0, 1.67)),
    "roughness": ("strip.roughness", (0.01, 0.03)),
    "early_beats_share": ("rr.early_share", (0.001, 0.1)),
}
"""By which feature, and between which limits, records are parted; 60 and 100 beats a minute, for one."""


def report_on_strips(judged: Judged, *, af_threshold: float, seed: int) -> dict[str, Any]:
    """Score the records: classes, the challenge's score, calibration, abstention, strata, and each record."""
    truth, labels = judged.truth, judged.labels
    is_af, given_af = truth == "A", judged.probabilities[:, LABELS.index("A")]
    flagged = given_af >= af_threshold

    def f1_of(*scored: str) -> Callable[[NDArray[np.int64]], float]:
        return lambda rows: mean_f1(truth[rows], labels[rows], scored)

    return {
        "classes": class_scores(truth, labels, LABELS),
        "f1_cinc": round(mean_f1(truth, labels, SCORED), 4),
        "records": len(truth),
        "out_of_fold": int(judged.is_out_of_fold.sum()),
        "ece": round(calibration_error(judged.confidence, judged.is_right), 4),
        "af_auroc": round(auroc(is_af, given_af), 4),
        "af_average_precision": round(average_precision(is_af, given_af), 4),
        "af_threshold": af_threshold,
        "af_se_at_threshold": _share(flagged[is_af]),
        "af_sp_at_threshold": _share(~flagged[~is_af]),
        "intervals": {
            "f1_cinc": bootstrap_interval(judged.records, f1_of(*SCORED), seed=seed),
            **{
                f"f1_{label}": bootstrap_interval(judged.records, f1_of(label), seed=seed) for label in LABELS
            },
        },
        "confusion": confusion(truth, labels, LABELS),
        "under_abstention": [_among_surest(judged, coverage) for coverage in _COVERAGES],
        "strata": _strata(judged),
        "by_record": _by_record(judged),
    }


def _share(flags: NDArray[np.bool_]) -> float:
    return round(float(flags.mean()), 4) if len(flags) else 0.0


def _among_surest(judged: Judged, coverage: float) -> dict[str, float]:
    surest = np.argsort(-judged.confidence, kind="stable")[: round(coverage * len(judged.truth))]
    return {
        "coverage": coverage,
        "f1_cinc": round(mean_f1(judged.truth[surest], judged.labels[surest], SCORED), 4),
        "accuracy": _share(judged.is_right[surest]),
    }


def _strata(judged: Judged) -> list[dict[str, Any]]:
    """Score the records of each stratum, the worst first."""
    rows = []
    for name, (feature, limits) in _STRATA.items():
        of_record = np.digitize(judged.features[feature], limits)
        for index, (low, high) in enumerate(zip((None, *limits), (*limits, None), strict=True)):
            chosen = of_record == index
            if not chosen.any():
                continue
            score = mean_f1(judged.truth[chosen], judged.labels[chosen], SCORED)
            rows.append(
                {
                    "stratum": name,
                    "from": low,
                    "to": high,
                    "records": int(chosen.sum()),
                    "f1_cinc": round(score, 4),
                    "accuracy": _share(judged.is_right[chosen]),
                }
            )
    return sorted(rows, key=lambda row: row["f1_cinc"])


def _by_record(judged: Judged) -> list[dict[str, Any]]:
    """One row a record, those that were called something else with most confidence first."""
    true_column = np.array([LABELS.index(str(label)) for label in judged.truth])
    given = judged.probabilities[np.arange(len(true_column)), true_column]
    return [
        {
            "record": str(judged.records[at]),
            "label": str(judged.truth[at]),
            "judged": str(judged.labels[at]),
            "probability_of_label": round(float(given[at]), 3),
        }
        for at in np.argsort(given, kind="stable")
    ]


def figures_of(judged: Judged) -> dict[str, Callable[[], "Figure"]]:
    """How to draw what was measured."""
    from models import figures  # noqa: PLC0415 - matplotlib is heavy, and only needed to draw

    counts = confusion(judged.truth, judged.labels, LABELS)
    given = dict(zip(LABELS, judged.probabilities.T, strict=True))
    abstaining = [_among_surest(judged, share) for share in np.linspace(0.3, 1, 15)]
    shares = [row["coverage"] for row in abstaining]
    strata = {f"{row['stratum']} {row['from']} to {row['to']}": row["f1_cinc"] for row in _strata(judged)}
    return {
        "confusion": lambda: figures.confusion(counts, LABELS, title="CinC 2017"),
        "reliability": lambda: figures.reliability(judged.confidence, judged.is_right),
        "af_curves": lambda: figures.roc_and_pr(judged.truth == "A", {"AF": given["A"]}, title="AF"),
        "noise_curves": lambda: figures.roc_and_pr(judged.truth == "~", {"noise": given["~"]}, title="~"),
        "abstention": lambda: figures.lines(
            {
                "F1": (shares, [row["f1_cinc"] for row in abstaining]),
                "accuracy": (shares, [row["accuracy"] for row in abstaining]),
            },
            x_label="share judged",
            y_label="score",
            title="The least sure records left out",
        ),
        "worst_strata": lambda: figures.worst_records(strata, title="mean F1"),
    }
