"""Fit the trees: gradient boosting on half of the windows and a few columns at a time.

After Friedman (Computational Statistics & Data Analysis 2002;38:367-378). What won the CinC 2017 challenge
was measures of RR intervals and of forms under boosted trees; so it is here, with trees small enough to ship.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import GradientBoostingClassifier

from models.rhythm.examples import LABELS, Examples
from models.scores.calibration import softmax

__all__ = ["ROUNDS", "Boosted", "fit"]

ROUNDS: Final = 100
"""Trees a label and bag; from here on the log loss of unseen patients stands still."""
_BAGS: Final = 2
"""Fits that differ in what they drew; as many as 100 kB hold."""
_RATE: Final = 0.12
_DEPTH: Final = 3
_SHARE_OF_ROWS: Final = 0.5
_COLUMNS: Final = 30
_FEWEST_ROWS: Final = 15
_FEWEST_SHARE: Final = 1 / 40
_WEIGHTS: Final = {"N": 1.0, "A": 1.3, "O": 1.15, "~": 1.5}
"""Rare labels count more: the challenge's score is a mean over labels, not over records."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Boosted:
    """Fitted bags, and their log loss after each round on rows they were fitted on and on unseen ones."""

    bags: tuple[Any, ...]
    seen_loss: Sequence[float]
    unseen_loss: Sequence[float]

    def logits(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the bags' mean logits, ``(n, labels)``."""
        return np.asarray(np.mean([bag.decision_function(rows) for bag in self.bags], axis=0))


def fit(examples: Examples, *, seed: int, rounds: int = ROUNDS, unseen: Examples | None = None) -> Boosted:
    """Fit on the examples; follow the log loss of ``unseen`` ones without making use of it."""
    bags = tuple(_bag(examples, seed + bag, rounds) for bag in range(_BAGS))
    return Boosted(
        bags=bags,
        seen_loss=_losses(bags, examples),
        unseen_loss=_losses(bags, unseen) if unseen is not None else (),
    )


def _bag(examples: Examples, seed: int, rounds: int) -> Any:  # noqa: ANN401 - scikit-learn is untyped
    model = GradientBoostingClassifier(
        init="zero",
        n_estimators=rounds,
        learning_rate=_RATE,
        max_depth=_DEPTH,
        subsample=_SHARE_OF_ROWS,
        max_features=min(_COLUMNS, examples.rows.shape[1]),
        min_samples_leaf=max(1, min(_FEWEST_ROWS, round(_FEWEST_SHARE * len(examples)))),
        random_state=seed,
    )
    return model.fit(examples.rows, _columns(examples), sample_weight=_weights(examples))


def _columns(examples: Examples) -> NDArray[np.int64]:
    return np.array([LABELS.index(str(label)) for label in examples.labels])


def _weights(examples: Examples) -> NDArray[np.float64]:
    """Let each record count once, however many windows it gave, and rare labels a little more."""
    _, of_row, windows = np.unique(examples.records, return_inverse=True, return_counts=True)
    return np.array([_WEIGHTS[str(label)] for label in examples.labels]) / windows[of_row]


def _losses(bags: Sequence[Any], examples: Examples) -> list[float]:
    place, columns = np.arange(len(examples)), _columns(examples)
    staged = zip(*(bag.staged_decision_function(examples.rows) for bag in bags), strict=True)
    given = (softmax(np.mean(logits, axis=0))[place, columns] for logits in staged)
    return [round(float(-np.log(np.maximum(right, 1e-9)).mean()), 4) for right in given]
