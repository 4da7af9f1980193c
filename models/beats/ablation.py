"""What the networks lean on: how they judge unseen patients when one kind of evidence tells nothing.

The evidence is put at its mean over the training rather than left out of a training of its own, so the
figures say what a trained network would miss, not what another could make of the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.beats.examples import BeatExamples
from models.beats.recordings import LABELS
from models.scores.classification import class_scores
from vitals.features.beat_tensors import BEAT_MEASURES
from vitals.features.median_beat import P_ZONE

__all__ = ["EVIDENCE", "Ablation", "without"]

_RUN: Final = BEAT_MEASURES.index("run_beats") + 1
_TIMING: Final = (*BEAT_MEASURES[:_RUN], "family_timing")
_P_WAVE: Final = tuple(name for name in BEAT_MEASURES if "p_" in name)
_OWN: Final = tuple(
    name
    for name in BEAT_MEASURES[_RUN:]
    if name not in {*_P_WAVE, "family_timing", "maturity", "qrs_width", "qrs_spread"}
)
_WHOLE: Final = slice(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Evidence:
    """Columns of the measures, channels of the sequence, and points and channels of the beat."""

    measures: tuple[str, ...]
    sequence: tuple[int, ...]
    points: slice
    channels: tuple[int, ...]


EVIDENCE: Final[Mapping[str, _Evidence]] = {
    "intervals": _Evidence(measures=_TIMING, sequence=(0, 1), points=_WHOLE, channels=()),
    "own_beats": _Evidence(measures=_OWN, sequence=(2, 3, 4, 5, 9), points=_WHOLE, channels=(1, 2)),
    "p_wave": _Evidence(measures=_P_WAVE, sequence=(6, 7, 8), points=P_ZONE, channels=(0, 1, 2)),
    "neighbours": _Evidence(measures=(), sequence=tuple(range(11)), points=_WHOLE, channels=()),
}


def without(
    evidence: str, tensors: Mapping[str, NDArray[np.float32]], means: Mapping[str, NDArray[np.float32]]
) -> dict[str, NDArray[np.float32]]:
    """Return the tensors with one kind of evidence at its mean."""
    chosen = EVIDENCE[evidence]
    changed = {name: rows.copy() for name, rows in tensors.items()}
    columns = [BEAT_MEASURES.index(name) for name in chosen.measures]
    changed["measures"][:, columns] = means["measures"][columns]
    channels = list(chosen.sequence)
    changed["sequence"][:, :, channels] = means["sequence"][:, channels]
    for channel in chosen.channels:
        changed["beat"][:, chosen.points, channel] = means["beat"][chosen.points, channel]
    return changed


class Ablation:
    """Gathers what each fold's network says of its unseen patients without each kind of evidence."""

    def __init__(self) -> None:
        self._truth: list[NDArray[np.str_]] = []
        self._judged: dict[str, list[NDArray[np.str_]]] = {"nothing": [], **{name: [] for name in EVIDENCE}}

    def add(self, network: Any, seen: BeatExamples, unseen: BeatExamples) -> None:  # noqa: ANN401 - keras
        """Judge a fold's unseen patients, all evidence at hand and then each kind missing."""
        means = {name: rows.mean(axis=0) for name, rows in seen.tensors.items()}
        self._truth.append(unseen.labels)
        for name, judged in self._judged.items():
            tensors = unseen.tensors if name == "nothing" else without(name, unseen.tensors, means)
            logits = network.predict(tensors, batch_size=1024, verbose=0)
            judged.append(np.array(LABELS)[logits.argmax(axis=1)])

    def report(self) -> dict[str, dict[str, float]]:
        """Return F1 by class, by what was missing."""
        truth = np.concatenate(self._truth)
        return {
            name: {
                label: row["f1"] for label, row in class_scores(truth, np.concatenate(judged), LABELS).items()
            }
            for name, judged in self._judged.items()
        }
