"""A handful of real beats of each class, to show beside a judged one which known beats it is nearest to."""

from collections.abc import Iterator
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.beats.examples import BeatExamples
from models.beats.recordings import LABELS
from vitals.features.resampling import COMMON_RATE_HZ
from vitals.prototypes import LabelledWindow, PrototypeSet

__all__ = ["prototypes"]

_LOOKED_AT: Final = 400
"""Beats of a class among which a few are chosen, drawn evenly from all."""


def prototypes(examples: BeatExamples, embedding: NDArray[np.floating], judged: NDArray[np.str_]) -> bytes:
    """Return the file's content: beats that were judged right, a few of each class, far apart."""
    chosen = PrototypeSet.chosen(
        "beats", _windows(examples, embedding, judged), rate_hz=float(COMMON_RATE_HZ)
    )
    return msgspec.json.encode(chosen)


def _windows(
    examples: BeatExamples, embedding: NDArray[np.floating], judged: NDArray[np.str_]
) -> Iterator[LabelledWindow]:
    for label in LABELS:
        right = np.flatnonzero((examples.labels == label) & (judged == label))
        for row in right[:: max(1, len(right) // _LOOKED_AT)]:
            yield LabelledWindow(
                label=label,
                embedding=[round(float(value), 3) for value in embedding[row]],
                beat_uv=examples.beats_uv[row].tolist(),
            )
