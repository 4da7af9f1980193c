"""What was said of each record: its windows judged by a network that never saw it, and averaged."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.folds import FoldBook
from models.interpreter import run_outputs
from models.rhythm.examples import LABELS, Examples
from vitals.features.rhythm import RHYTHM_FEATURES

__all__ = ["Judged", "judge_windows", "judged_records"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A row a record: ``(n, 4)`` probabilities, and the median over its windows of each feature by name."""

    records: NDArray[np.str_]
    truth: NDArray[np.str_]
    probabilities: NDArray[np.float64]
    distance: NDArray[np.float64]
    is_out_of_fold: NDArray[np.bool_]
    features: Mapping[str, NDArray[np.float64]]

    @property
    def labels(self) -> NDArray[np.str_]:
        """The likeliest label of each record."""
        return np.asarray(np.array(LABELS)[self.probabilities.argmax(axis=1)])

    @property
    def is_right(self) -> NDArray[np.bool_]:
        """Whether that is the true one."""
        return np.asarray(self.labels == self.truth)

    @property
    def confidence(self) -> NDArray[np.float64]:
        """Probability of the likeliest label."""
        return np.asarray(self.probabilities.max(axis=1))


def judge_windows(book: FoldBook, examples: Examples) -> dict[str, NDArray[np.float32]]:
    """Run each window through the network that has not seen its record; return every output, row by row."""
    outputs: dict[str, NDArray[np.float32]] = {}
    judges = np.array([book.folds.get(str(digest), -1) for digest in examples.digests])
    for judge in np.unique(judges):
        chosen = judges == judge
        artefact = book.shipped if judge < 0 else book.artefacts[judge]
        for name, rows in run_outputs(artefact, examples.where(chosen).tensors).items():
            whole = outputs.setdefault(name, np.zeros((len(examples), *rows.shape[1:]), np.float32))
            whole[chosen] = rows
    return outputs


def judged_records(book: FoldBook, examples: Examples) -> Judged:
    """Judge every window and average those of each record."""
    outputs = judge_windows(book, examples)
    records, first, of_row = np.unique(examples.records, return_index=True, return_inverse=True)
    rows_of = [np.flatnonzero(of_row == index) for index in range(len(records))]
    features = np.stack([np.median(examples.rows[rows], axis=0) for rows in rows_of]).astype(np.float64)
    return Judged(
        records=records,
        truth=examples.labels[first],
        probabilities=np.stack([outputs["probabilities"][rows].mean(axis=0) for rows in rows_of]).astype(
            np.float64
        ),
        distance=np.array([float(outputs["distance"][rows].max()) for rows in rows_of]),
        is_out_of_fold=np.array([book.knows(str(digest)) for digest in examples.digests[first]]),
        features=dict(zip(RHYTHM_FEATURES, features.T, strict=True)),
    )
