"""Sensitivity, precision and F1 of each class, and the table they come from."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["class_scores", "confusion", "mean_f1"]


def class_scores(
    truth: NDArray[np.str_], judged: NDArray[np.str_], labels: Sequence[str]
) -> dict[str, dict[str, float]]:
    """Return by label ``se``, ``sp``, ``ppv``, ``f1`` (0 to 1) and ``support`` of ``(n,)`` labels.

    A share of nothing is 0: a label that neither stood nor was given scores 0 with a support of 0.
    """
    return {label: _scores(truth == label, judged == label) for label in labels}


def _scores(is_so: NDArray[np.bool_], said_so: NDArray[np.bool_]) -> dict[str, float]:
    right, missed = int((is_so & said_so).sum()), int((is_so & ~said_so).sum())
    wrong, passed = int((~is_so & said_so).sum()), int((~is_so & ~said_so).sum())
    return {
        "se": _share(right, right + missed),
        "sp": _share(passed, passed + wrong),
        "ppv": _share(right, right + wrong),
        "f1": _share(2 * right, 2 * right + missed + wrong),
        "support": right + missed,
    }


def _share(part: int, whole: int) -> float:
    return round(part / whole, 5) if whole else 0.0


def mean_f1(truth: NDArray[np.str_], judged: NDArray[np.str_], labels: Sequence[str]) -> float:
    """Mean F1 over the labels given, each counting alike."""
    return float(np.mean([score["f1"] for score in class_scores(truth, judged, labels).values()]))


def confusion(truth: NDArray[np.str_], judged: NDArray[np.str_], labels: Sequence[str]) -> list[list[int]]:
    """Count, a row a true label and a column a judged one, in the order of the labels."""
    return [[int(((truth == row) & (judged == column)).sum()) for column in labels] for row in labels]
