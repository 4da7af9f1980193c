"""Draw what the evaluation measured: confusion, reliability, and ROC with precision and recall of AF."""

from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np

from models.rhythm.evaluate import Judged
from models.rhythm.examples import LABELS
from models.rhythm.scores import operating_points

mpl.use("Agg")
from matplotlib import pyplot as plt

__all__ = ["draw"]

_DPI: Final = 80
_INK: Final = "#1b4965"
_DARK: Final = 0.5


def draw(judged: Judged, folder: Path) -> list[Path]:
    """Write the figures as PNG; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, plot in (("confusion", _confusion), ("reliability", _reliability), ("af_curves", _af_curves)):
        figure = plot(judged)
        path = folder / f"{name}.png"
        figure.savefig(path, dpi=_DPI, bbox_inches="tight", metadata={"Software": None})
        plt.close(figure)
        paths.append(path)
    return paths


def _confusion(judged: Judged) -> Any:  # noqa: ANN401 - matplotlib is untyped here
    counts = np.array([[((judged.truth == t) & (judged.labels == j)).sum() for j in LABELS] for t in LABELS])
    figure, axes = plt.subplots(figsize=(4, 4))
    axes.imshow(counts / counts.sum(axis=1, keepdims=True), cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        share = count / counts[row].sum()
        axes.text(
            column,
            row,
            f"{count}\n{share:.0%}",
            ha="center",
            va="center",
            color="white" if share > _DARK else _INK,
        )
    axes.set(
        xticks=range(4),
        xticklabels=LABELS,
        yticks=range(4),
        yticklabels=LABELS,
        xlabel="judged",
        ylabel="annotated",
    )
    axes.set_title("CinC 2017, unseen records")
    return figure


def _reliability(judged: Judged) -> Any:  # noqa: ANN401 - likewise
    figure, axes = plt.subplots(figsize=(4, 4))
    confidence = judged.probabilities.max(axis=1)
    right = judged.labels == judged.truth
    of_row = np.minimum((confidence * 10).astype(int), 9)
    filled = [index for index in range(10) if (of_row == index).any()]
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1)
    axes.plot(
        [confidence[of_row == index].mean() for index in filled],
        [right[of_row == index].mean() for index in filled],
        marker="o",
        color=_INK,
    )
    axes.set(xlabel="probability given", ylabel="share right", xlim=(0, 1), ylim=(0, 1), title="Reliability")
    return figure


def _af_curves(judged: Judged) -> Any:  # noqa: ANN401 - likewise
    truth, given = judged.truth == "A", judged.probabilities[:, LABELS.index("A")]
    recall, false_share, precision = operating_points(truth, given)
    area = float(np.trapezoid(recall, false_share))
    mean_precision = float(np.sum(np.diff(recall) * precision[1:]))
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 4))
    left.plot(false_share, recall, color=_INK)
    left.set(
        xlabel="1 - specificity",
        ylabel="sensitivity",
        title=f"AF: ROC, area {area:.3f}",
    )
    right.plot(recall, precision, color=_INK)
    right.set(xlabel="sensitivity", ylabel="precision", title=f"AF: mean precision {mean_precision:.3f}")
    return figure
