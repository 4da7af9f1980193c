"""From logits to probabilities that hold for a usual patient, who has few ectopic beats.

Training shows rare beats as often as common ones. One temperature and one offset a class (vector scaling: Guo
et al., ICML 2017), fitted on patients the networks never saw, each counting alike, put that right.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Calibration", "calibrated", "leaning"]

_STEP: Final = 0.1
_FURTHEST: Final = 3.0
_COST: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """Logits are divided by the temperature, then the offsets ``(classes,)`` are added."""

    temperature: float
    offsets: NDArray[np.float64]

    def __call__(self, logits: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return calibrated logits."""
        return np.asarray(logits / self.temperature + self.offsets)


def calibrated(
    logits: NDArray[np.floating], columns: NDArray[np.int64], patients: NDArray[np.str_]
) -> Calibration:
    """Find the least log loss of ``(n, classes)`` logits, given the true columns; patients count alike."""
    from scipy.optimize import minimize  # noqa: PLC0415 - only training needs it

    _, of_row, counts = np.unique(patients, return_inverse=True, return_counts=True)
    weights = 1.0 / (counts[of_row] * len(counts))
    rows = np.arange(len(columns))

    def log_loss(parameters: NDArray[np.float64]) -> float:
        scaled = logits * np.exp(parameters[0]) + np.concatenate([[0.0], parameters[1:]])
        top = scaled.max(axis=1)
        spread = np.log(np.exp(scaled - top[:, None]).sum(axis=1)) + top
        return float(weights @ (spread - scaled[rows, columns]))

    found = minimize(log_loss, np.zeros(logits.shape[1]), method="L-BFGS-B").x
    return Calibration(temperature=float(np.exp(-found[0])), offsets=np.concatenate([[0.0], found[1:]]))


def leaning(
    calibration: Calibration,
    logits: NDArray[np.floating],
    is_so: NDArray[np.bool_],
    *,
    column: int,
) -> Calibration:
    """Raise a class's offset as far as its F1 stays within a hundredth of the best any offset gives."""
    offsets = [calibration.offsets.copy() for _ in range(round(2 * _FURTHEST / _STEP) + 1)]
    for place, row in enumerate(offsets):
        row[column] += place * _STEP - _FURTHEST
    found = [replace(calibration, offsets=row) for row in offsets]
    scores = [_f1(is_so, one(logits).argmax(axis=1) == column) for one in found]
    return [one for one, score in zip(found, scores, strict=True) if score >= max(scores) - _COST][-1]


def _f1(is_so: NDArray[np.bool_], said_so: NDArray[np.bool_]) -> float:
    return 2 * float((is_so & said_so).sum()) / max(int(is_so.sum()) + int(said_so.sum()), 1)
