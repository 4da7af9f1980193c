"""Temperature and threshold, from patients that the network in question never saw."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from models.rr_af.labels import AF
from models.rr_af.recordings import RrRecording
from models.scores.calibration import best_temperature, softmax
from models.scores.curves import threshold_for
from vitals.features.rr_af import rr_af_rows

if TYPE_CHECKING:
    from models.rr_af.network import Network

__all__ = ["Calibration", "Said", "calibrate", "said"]

_HOP: Final = 7
"""Neighbouring beats say nearly the same: every seventh is enough."""
_SPECIFICITY: Final = {"long": 0.985, "short": 0.95}
"""Of beats outside fibrillation the share that must stay below the threshold, in either kind of recording.

The short ones were chosen for their ectopic beats (MIT-BIH), so that less can be asked.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a network said of a recording it never saw: ``(n, 2)`` logits, and the true columns."""

    kind: str
    logits: NDArray[np.float64]
    column: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What makes a probability of the logits, and a verdict of the probability."""

    temperature: float
    threshold: float


def said(network: "Network", recording: RrRecording, *, kind: str) -> Said:
    """Let a network judge a recording, every seventh beat; ``kind`` is ``long`` or ``short``."""
    rows = rr_af_rows(recording.rr_ms)[np.newaxis]
    logits = np.asarray(network.sequences(rows, training=False))[0].astype(np.float64)
    known = np.flatnonzero(np.isfinite(recording.rr_ms))[::_HOP]
    column = np.where(recording.is_fibrillation, AF, 1 - AF)
    return Said(kind=kind, logits=logits[known], column=column[known])


def calibrate(left_out: Sequence[Said]) -> Calibration:
    """Return the temperature of least log loss, and the lowest threshold that is specific enough."""
    logits = np.concatenate([one.logits for one in left_out])
    column = np.concatenate([one.column for one in left_out])
    temperature = best_temperature(column, logits)
    probability = softmax(logits / temperature)[:, AF]
    kinds = np.concatenate([np.full(len(one.column), one.kind) for one in left_out])
    thresholds = [
        threshold_for((column == AF)[kinds == kind], probability[kinds == kind], specificity=specificity)
        for kind, specificity in _SPECIFICITY.items()
        if kind in kinds
    ]
    return Calibration(temperature=round(temperature, 2), threshold=max(thresholds))
