"""What every threshold would give: the points of ROC and precision-recall curves, and the one to choose."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["auroc", "average_precision", "operating_points", "threshold_for"]


def operating_points(
    positive: NDArray[np.bool_], probability: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """At each threshold, falling: (sensitivity, 1 - specificity, precision), from none flagged to all."""
    falling = np.argsort(-probability, kind="stable")
    last_of_tie = np.append(np.flatnonzero(np.diff(probability[falling])), len(falling) - 1)
    right, wrong = (np.cumsum(flags[falling])[last_of_tie] for flags in (positive, ~positive))
    sensitivity = np.concatenate([[0.0], right / max(int(positive.sum()), 1)])
    false_share = np.concatenate([[0.0], wrong / max(int((~positive).sum()), 1)])
    return sensitivity, false_share, np.concatenate([[1.0], right / (right + wrong)])


def auroc(positive: NDArray[np.bool_], score: NDArray[np.floating]) -> float:
    """Area under the ROC curve; ties count half. NaN where all rows are of one kind."""
    if positive.all() or not positive.any():
        return float("nan")
    sensitivity, false_share, _ = operating_points(positive, score)
    return float(np.trapezoid(sensitivity, false_share))


def average_precision(positive: NDArray[np.bool_], score: NDArray[np.floating]) -> float:
    """Mean precision over the sensitivity gained, step by step; NaN where no row is positive."""
    if not positive.any():
        return float("nan")
    sensitivity, _, precision = operating_points(positive, score)
    return float(np.sum(np.diff(sensitivity) * precision[1:]))


def threshold_for(
    positive: NDArray[np.bool_], probability: NDArray[np.floating], *, specificity: float
) -> float:
    """Lowest threshold, rounded up to a hundredth, that keeps the specificity asked for."""
    of_others = np.sort(probability[~positive])
    at = of_others[min(int(np.ceil(specificity * len(of_others))), len(of_others) - 1)]
    return float(np.clip(np.ceil(at * 100) / 100, 0.05, 0.95))
