"""Whether a probability of 0.8 is right eight times in ten, and what makes it so."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["best_temperature", "calibration_error", "coverage_curve", "reliability", "softmax"]

_BINS: Final = 10


def reliability(
    confidence: NDArray[np.floating], is_right: NDArray[np.bool_]
) -> list[tuple[float, float, float]]:
    """Return, of each filled tenth of confidence: (mean confidence, share right, share of all rows)."""
    of_row = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    return [
        (float(confidence[chosen].mean()), float(is_right[chosen].mean()), float(chosen.mean()))
        for chosen in (of_row == index for index in range(_BINS))
        if chosen.any()
    ]


def calibration_error(confidence: NDArray[np.floating], is_right: NDArray[np.bool_]) -> float:
    """Return the expected calibration error over ten bins of equal width."""
    return sum(share * abs(right - given) for given, right, share in reliability(confidence, is_right))


def coverage_curve(
    confidence: NDArray[np.floating], is_right: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (share judged, share right of those) as the least confident rows are left out, one by one."""
    falling = np.argsort(-confidence, kind="stable")
    count = np.arange(1, len(falling) + 1)
    return count / max(len(falling), 1), np.cumsum(is_right[falling]) / count


def softmax(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """Turn ``(n, labels)`` logits into probabilities."""
    shifted = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def best_temperature(column: NDArray[np.int64], logits: NDArray[np.floating]) -> float:
    """Temperature of least log loss (Guo et al., ICML 2017), to a hundredth, given the true columns."""

    def log_loss(temperature: float) -> float:
        scaled = logits.astype(np.float64) / temperature
        top = scaled.max(axis=1, keepdims=True)
        spread = np.log(np.exp(scaled - top).sum(axis=1)) + top[:, 0]
        return float((spread - scaled[np.arange(len(column)), column]).mean())

    return float(min(np.arange(0.3, 4.0, 0.01), key=log_loss))
