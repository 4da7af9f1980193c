"""The figures of the reports, all in one hand: confusion, ROC, reliability, curves, worst records."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray

from models.scores.calibration import reliability as reliability_of
from models.scores.curves import auroc, average_precision, operating_points

mpl.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

__all__ = ["confusion", "lines", "reliability", "roc_and_pr", "save", "training_curves", "worst_records"]

_DPI: Final = 80
_INK: Final = "#1b4965"
_COLOURS: Final = (_INK, "#c1666b", "#4f9d69", "#8a6fb0", "#b58b3a", "#7f7f7f")
_DARK: Final = 0.5


def save(figure: Figure, path: Path) -> Path:
    """Write a figure as PNG and let go of it."""
    figure.savefig(path, dpi=_DPI, bbox_inches="tight", metadata={"Software": None})
    plt.close(figure)
    return path


def confusion(counts: Sequence[Sequence[int]], labels: Sequence[str], *, title: str) -> Figure:
    """Draw a row a true label and a column a judged one, with counts and shares of the row."""
    table = np.array(counts)
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    figure, axes = plt.subplots(figsize=(1 + len(labels), 1 + len(labels)))
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(table):
        share = shares[row, column]
        axes.text(
            column,
            row,
            f"{count:,}\n{share:.1%}",
            ha="center",
            va="center",
            color="white" if share > _DARK else _INK,
        )
    places = range(len(labels))
    axes.set(
        xticks=places,
        xticklabels=labels,
        yticks=places,
        yticklabels=labels,
        xlabel="judged",
        ylabel="true",
        title=title,
    )
    return figure


def reliability(
    confidence: NDArray[np.floating], is_right: NDArray[np.bool_], *, title: str = "Reliability"
) -> Figure:
    """Draw the share that was right against the probability given, over the line where they agree."""
    given, right, _ = zip(*reliability_of(confidence, is_right), strict=True)
    figure, axes = plt.subplots(figsize=(4, 4))
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1)
    axes.plot(given, right, marker="o", color=_INK)
    axes.set(xlabel="probability given", ylabel="share right", xlim=(0, 1), ylim=(0, 1), title=title)
    return figure


def roc_and_pr(
    positive: NDArray[np.bool_], scores: Mapping[str, NDArray[np.floating]], *, title: str
) -> Figure:
    """Draw ROC and precision against sensitivity of one or more scores by name."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4))
    for (name, score), colour in zip(scores.items(), _COLOURS, strict=False):
        sensitivity, false_share, precision = operating_points(positive, score)
        left.plot(false_share, sensitivity, color=colour, label=f"{name}: {auroc(positive, score):.3f}")
        right.plot(
            sensitivity, precision, color=colour, label=f"{name}: {average_precision(positive, score):.3f}"
        )
    left.set(xlabel="1 - specificity", ylabel="sensitivity", title=f"{title}: ROC, area")
    right.set(xlabel="sensitivity", ylabel="precision", title="mean precision")
    for axes in (left, right):
        axes.legend(loc="lower right" if axes is left else "lower left")
    return figure


def lines(
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    *,
    x_label: str,
    y_label: str,
    title: str,
) -> Figure:
    """Draw curves by name, each of (x, y)."""
    figure, axes = plt.subplots(figsize=(6, 4))
    for (name, (x, y)), colour in zip(curves.items(), _COLOURS, strict=False):
        axes.plot(x, y, marker="o" if len(x) <= 20 else None, color=colour, label=name)  # noqa: PLR2004
    axes.set(xlabel=x_label, ylabel=y_label, title=title)
    axes.grid(visible=True, alpha=0.3)
    if len(curves) > 1:
        axes.legend()
    return figure


def training_curves(history: Mapping[str, Sequence[float]], *, title: str = "Training") -> Figure:
    """Draw each figure that was kept of every epoch, beside each other."""
    figure, axes = plt.subplots(1, len(history), figsize=(4 * len(history), 3), squeeze=False)
    for (name, values), place in zip(history.items(), axes[0], strict=True):
        place.plot(range(1, len(values) + 1), values, color=_INK)
        place.set(xlabel="epoch", title=f"{title}: {name}")
    return figure


def worst_records(scores: Mapping[str, float], *, title: str, most: int = 15) -> Figure:
    """Draw the records that were judged worst, the worst on top."""
    worst = sorted(scores.items(), key=lambda row: row[1])[:most]
    figure, axes = plt.subplots(figsize=(6, 0.3 * len(worst) + 1))
    axes.barh([name for name, _ in worst][::-1], [score for _, score in worst][::-1], color=_INK)
    axes.set(xlim=(0, 1), title=title)
    return figure
