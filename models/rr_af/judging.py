"""Run an artefact over a whole recording, window by window, as the gateway does."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.folds import FoldBook
from models.interpreter import run_outputs
from models.rr_af.labels import AF
from models.rr_af.recordings import RrRecording
from vitals.features.rr_af import RR_AF_INPUTS, RR_AF_INTERVALS, RR_AF_LATENCY, inner_rows

__all__ = ["HOP", "Judged", "judge", "windows"]

HOP: Final = 4
"""Intervals from one judged to the next: a verdict stands for the four about it."""

_ROWS: Final = RR_AF_INPUTS["rr"][1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What was made of one recording: a probability of AF and a distance for each of its intervals."""

    recording: RrRecording
    probability: NDArray[np.float64]
    distance: NDArray[np.float64]
    is_out_of_fold: bool

    @property
    def is_known(self) -> NDArray[np.bool_]:
        """Which intervals there are to judge: not those put where beats are missing."""
        return np.isfinite(self.recording.rr_ms)

    @property
    def is_af(self) -> NDArray[np.bool_]:
        """Which of the known intervals are annotated as fibrillation."""
        return self.recording.is_fibrillation[self.is_known]

    @property
    def given(self) -> NDArray[np.float64]:
        """The probability of fibrillation of each known interval."""
        return self.probability[self.is_known]


def judge(recordings: Iterable[RrRecording], book: FoldBook) -> list[Judged]:
    """Judge each recording by the network that never saw it."""
    return [_judged(recording, book) for recording in recordings]


def windows(rr_ms: NDArray[np.floating], *, hop: int = HOP) -> NDArray[np.float32]:
    """Return the tensors of every ``hop``-th of ``(n,)`` intervals: ``(m, rows, channels) float32``.

    Unknown intervals stand before the first and after the last, as at the beginning of a stream.
    """
    before = RR_AF_INTERVALS - 1 - RR_AF_LATENCY
    padded = np.pad(np.asarray(rr_ms, np.float64), (before, RR_AF_LATENCY), constant_values=np.nan)
    every = np.lib.stride_tricks.sliding_window_view(inner_rows(padded), _ROWS, axis=0)
    return np.ascontiguousarray(every[min(hop // 2, len(every) - 1) :: hop].transpose(0, 2, 1))


def _judged(recording: RrRecording, book: FoldBook) -> Judged:
    digest = recording.digest
    count = len(recording.rr_ms)
    outputs = run_outputs(book.artefact_for(digest), {"rr": windows(recording.rr_ms)})
    of_interval = np.minimum(np.arange(count) // HOP, len(outputs["distance"]) - 1)
    return Judged(
        recording=recording,
        probability=outputs["probabilities"][of_interval, AF].astype(np.float64),
        distance=outputs["distance"][of_interval, 0].astype(np.float64),
        is_out_of_fold=book.knows(digest),
    )
