"""The figures of the beat model's report."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from models import figures
from models.beats.judging import JudgedRecording
from models.beats.recordings import LABELS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["figures_of", "training_figures"]


def figures_of(
    judged: Sequence[JudgedRecording], report: dict[str, Any]
) -> dict[str, Callable[[], "Figure"]]:
    """How to draw confusion, reliability, ROC and precision of V and S, and the worst records."""
    truth = np.concatenate([record.truth for record in judged])
    given = np.nan_to_num(np.concatenate([record.probabilities for record in judged]))
    seen = given.max(axis=1) > 0
    is_right = np.concatenate([record.truth == record.judged for record in judged])
    accuracy = {row["record"]: row["accuracy"] for row in report["by_record"]}

    def curve(label: str) -> Callable[[], "Figure"]:
        column = given[:, LABELS.index(label)]
        return lambda: figures.roc_and_pr(truth == label, {label: column}, title=label)

    return {
        "confusion": lambda: figures.confusion(report["confusion"], LABELS, title="Beats of unseen patients"),
        "reliability": lambda: figures.reliability(given.max(axis=1)[seen], is_right[seen]),
        "worst_records": lambda: figures.worst_records(accuracy, title="Share of beats judged right"),
        **{f"curves_{label}": curve(label) for label in ("V", "S")},
    }


def training_figures(report: dict[str, Any]) -> dict[str, Callable[[], "Figure"]]:
    """How to draw the loss of each epoch, and F1 in noise with the quality gate and without."""
    drawn = {"training_curves": lambda: figures.training_curves(report["training"])}
    return drawn | _noise_figure(report["noise_stress"]) if "noise_stress" in report else drawn


def _noise_figure(rows: list[dict[str, Any]]) -> dict[str, Callable[[], "Figure"]]:
    ratios = [row["snr_db"] for row in rows]
    curves = {
        f"{label}, {name.replace('_', ' ')}": (ratios, [row[name][label] for row in rows])
        for label in ("V", "S")
        for name in ("with_gate", "without_gate")
    }
    return {
        "noise_stress": lambda: figures.lines(
            curves, x_label="signal to noise, dB", y_label="F1", title="Electrode motion, records 118 and 119"
        )
    }
