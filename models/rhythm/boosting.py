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

__all__ = ["ROUNDS", "Boosted", "fit"]

ROUNDS: Final = 160
"""Trees a label; from here on the log loss of unseen patients stands still."""
_RATE: Final = 0.12
_DEPTH: Final = 3
_SHARE_OF_ROWS: Final = 0.5
_COLUMNS: Final = 20
_FEWEST_ROWS: Final = 15
_WEIGHTS: Final = {"N": 1.0, "A": 1.3, "O": 1.15, "~": 1.5}
"""Rare labels count more: the challenge's score is a mean over labels, not over records."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Boosted:
    """A fitted forest, and the log loss after each round on rows it was fitted on and rows it never saw."""

    model: Any
    seen_loss: Sequence[float]
    unseen_loss: Sequence[float]


def fit(examples: Examples, *, seed: int, rounds: int = ROUNDS, unseen: Examples | None = None) -> Boosted:
    """Fit on the examples; follow the log loss of ``unseen`` ones without making use of it."""
    model = GradientBoostingClassifier(
        init="zero",
        n_estimators=rounds,
        learning_rate=_RATE,
        max_depth=_DEPTH,
        subsample=_SHARE_OF_ROWS,
        max_features=min(_COLUMNS, examples.rows.shape[1]),
        min_samples_leaf=_FEWEST_ROWS,
        random_state=seed,
    )
    model.fit(examples.rows, _columns(examples), sample_weight=_weights(examples))
    return Boosted(
        model=model,
        seen_loss=_losses(model, examples),
        unseen_loss=_losses(model, unseen) if unseen is not None else (),
    )


def _columns(examples: Examples) -> NDArray[np.int64]:
    return np.array([LABELS.index(str(label)) for label in examples.labels])


def _weights(examples: Examples) -> NDArray[np.float64]:
    """Let each record count once, however many windows it gave, and rare labels a little more."""
    _, of_row, windows = np.unique(examples.records, return_inverse=True, return_counts=True)
    return np.array([_WEIGHTS[str(label)] for label in examples.labels]) / windows[of_row]


def _losses(model: Any, examples: Examples) -> list[float]:  # noqa: ANN401 - scikit-learn is untyped
    place, columns = np.arange(len(examples)), _columns(examples)
    staged = model.staged_predict_proba(examples.rows)
    return [round(float(-np.log(np.maximum(given[place, columns], 1e-9)).mean()), 4) for given in staged]
