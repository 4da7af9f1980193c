"""How good probabilities over the rhythm labels are: F1 by label, calibration, thresholds."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.rhythm.examples import LABELS, Examples

__all__ = [
    "best_temperature",
    "bootstrap_interval",
    "by_record",
    "calibration_error",
    "f1_by_label",
    "mean_f1",
    "operating_points",
    "softmax",
    "threshold_for",
]

SCORED: Final = ("N", "A", "O")
"""The challenge's score is the mean F1 of these three; the noisy class is reported beside it."""

_BINS: Final = 10


def by_record(
    examples: Examples, probabilities: NDArray[np.floating]
) -> tuple[NDArray[np.str_], NDArray[np.str_], NDArray[np.float64]]:
    """Average the windows of each record: (records, labels, ``(n, 4)`` probabilities)."""
    records, first, of_row = np.unique(examples.records, return_index=True, return_inverse=True)
    averaged = np.stack([probabilities[of_row == index].mean(axis=0) for index in range(len(records))])
    return records, examples.labels[first], averaged


def f1_by_label(truth: NDArray[np.str_], judged: NDArray[np.str_]) -> dict[str, float]:
    """F1 of each label; 0 where the label neither stood nor was given."""
    scores = {}
    for label in LABELS:
        both = int(((truth == label) & (judged == label)).sum())
        either = int((truth == label).sum()) + int((judged == label).sum())
        scores[label] = 2 * both / either if either else 0.0
    return scores


def mean_f1(truth: NDArray[np.str_], judged: NDArray[np.str_]) -> float:
    """Score of the CinC 2017 challenge."""
    scores = f1_by_label(truth, judged)
    return float(np.mean([scores[label] for label in SCORED]))


def bootstrap_interval(
    truth: NDArray[np.str_], judged: NDArray[np.str_], *, seed: int, rounds: int = 500
) -> tuple[float, float]:
    """Middle 95 % of ``mean_f1`` when the records (one per patient) are drawn again with replacement."""
    random = np.random.default_rng(seed)
    draws = (random.integers(0, len(truth), len(truth)) for _ in range(rounds))
    low, high = np.quantile([mean_f1(truth[draw], judged[draw]) for draw in draws], (0.025, 0.975))
    return float(low), float(high)


def calibration_error(truth: NDArray[np.str_], probabilities: NDArray[np.floating]) -> float:
    """Return the expected calibration error of the likeliest label, over ten bins of equal width."""
    confidence = probabilities.max(axis=1)
    right = np.array(LABELS)[probabilities.argmax(axis=1)] == truth
    of_row = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    gaps = [
        abs(float(right[of_row == index].mean()) - float(confidence[of_row == index].mean()))
        * float((of_row == index).mean())
        for index in range(_BINS)
        if (of_row == index).any()
    ]
    return float(sum(gaps))


def best_temperature(truth: NDArray[np.str_], logits: NDArray[np.floating]) -> float:
    """Temperature of least log loss (Guo et al., ICML 2017), to within a hundredth."""
    column = np.array([LABELS.index(str(label)) for label in truth])

    def log_loss(temperature: float) -> float:
        scaled = logits.astype(np.float64) / temperature
        top = scaled.max(axis=1, keepdims=True)
        spread = np.log(np.exp(scaled - top).sum(axis=1)) + top[:, 0]
        return float((spread - scaled[np.arange(len(column)), column]).mean())

    return float(min(np.arange(0.3, 4.0, 0.01), key=log_loss))


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


def softmax(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """Turn ``(n, labels)`` logits into probabilities."""
    shifted = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def threshold_for(
    positive: NDArray[np.bool_], probability: NDArray[np.floating], *, specificity: float
) -> float:
    """Lowest threshold, rounded up to a hundredth, that keeps the specificity asked for."""
    of_others = np.sort(probability[~positive])
    at = of_others[min(int(np.ceil(specificity * len(of_others))), len(of_others) - 1)]
    return float(np.clip(np.ceil(at * 100) / 100, 0.05, 0.95))
