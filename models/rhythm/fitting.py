"""Fit without each fold and on everybody, and keep what the former say of the patients they never saw."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.folds import fold_of
from models.plan import Progress, TrainingPlan
from models.rhythm.boosting import ROUNDS, Boosted, fit
from models.rhythm.examples import LABELS, Examples
from vitals.errors import RecordingError

__all__ = ["FOLDS", "Fitted", "fit_folds"]

FOLDS: Final = 5
_SMOKE_ROUNDS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A fit without each fold, one on everybody, the fold of each row and its logits out of fold."""

    without: tuple[Boosted, ...]
    whole: Boosted
    folds: NDArray[np.int64]
    logits: NDArray[np.float64]

    def history(self) -> dict[str, list[float]]:
        """Return the log loss after each round, a mean over the folds."""
        return {
            "log loss, seen": np.mean([part.seen_loss for part in self.without], axis=0).tolist(),
            "log loss, unseen": np.mean([part.unseen_loss for part in self.without], axis=0).tolist(),
        }


def fit_folds(examples: Examples, *, plan: TrainingPlan, progress: Progress) -> Fitted:
    """Fit ``FOLDS`` + 1 times; records, one a patient, are never parted.

    Raises
    ------
    RecordingError
        A fold leaves a label without a record.
    """
    rounds = _SMOKE_ROUNDS if plan.smoke else ROUNDS
    folds = np.array([fold_of(str(record), FOLDS) for record in examples.records])
    without, logits = [], np.zeros((len(examples), len(LABELS)))
    for fold in range(FOLDS):
        progress(f"fitting without fold {fold + 1} of {FOLDS}", fold / (FOLDS + 1))
        seen, unseen = examples.where(folds != fold), examples.where(folds == fold)
        _refuse_without_a_label(seen)
        without.append(fit(seen, seed=plan.seed, rounds=rounds, unseen=unseen))
        logits[folds == fold] = without[-1].logits(unseen.rows)
    progress("fitting on everybody", FOLDS / (FOLDS + 1))
    whole = fit(examples, seed=plan.seed, rounds=rounds)
    return Fitted(without=tuple(without), whole=whole, folds=folds, logits=logits)


def _refuse_without_a_label(examples: Examples) -> None:
    missing = set(LABELS) - set(examples.labels.tolist())
    if missing:
        raise RecordingError(
            f"too few records are labelled {', '.join(sorted(missing))} to train on: add recordings"
        )
