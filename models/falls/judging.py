"""What the gate, the model and the rule behind it make of each recording, as the gateway would."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.falls.examples import LABELS, Blows, tensors_of
from models.falls.recordings import Motion
from models.folds import FoldBook
from models.interpreter import OUTPUT, run_outputs
from vitals.features.acceleration import MOTION_RATE_HZ
from vitals.features.falls import fall_evidence, is_hard_fall
from vitals.manifest import ModelManifest

__all__ = ["FALL", "Judged", "Outputs", "alarms_of", "judge", "outputs_of"]

FALL: Final = LABELS.index("fall")
_SAME_FALL: Final = 10 * MOTION_RATE_HZ
"""Blows of one tumble, and the shifting after it, make one alarm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """What the networks gave, a row a blow: ``(n,)`` probability of a fall, and distance from training."""

    probability: NDArray[np.float64]
    distance: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A row a recording: what it was, what was said of it, and what the rule alone would have said."""

    records: NDArray[np.str_]
    people: NDArray[np.str_]
    activities: NDArray[np.str_]
    is_fall: NDArray[np.bool_]
    hours: NDArray[np.float64]
    blows: NDArray[np.int64]
    judged_blows: NDArray[np.int64]
    """Those that the model did not abstain from."""
    probability: NDArray[np.float64]
    """The highest of its blows; 0 where the gate let none pass."""
    alarms: NDArray[np.int64]
    rule_alarms: NDArray[np.int64]

    def where(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> "Judged":
        """Keep the chosen rows."""
        return Judged(**{name: getattr(self, name)[chosen] for name in self.__slots__})


def judge(recordings: Sequence[Motion], blows: Blows, outputs: Outputs, manifest: ModelManifest) -> Judged:
    """Decide of every blow, and sum up by recording."""
    limit = np.inf if manifest.distance_limit is None else manifest.distance_limit
    is_known = outputs.distance <= limit
    is_hard = np.array([is_hard_fall(fall_evidence(around)) for around in blows.surround_g], dtype=bool)
    says_fall = np.where(is_known, outputs.probability >= manifest.thresholds["fall"], is_hard)

    def each(summed: Callable[[NDArray[np.bool_]], float]) -> NDArray[np.float64]:
        return np.array([summed(blows.recordings == index) for index in range(len(recordings))])

    return Judged(
        records=np.array([motion.record for motion in recordings]),
        people=np.array([motion.person for motion in recordings]),
        activities=np.array([motion.activity for motion in recordings]),
        is_fall=np.array([motion.is_fall for motion in recordings]),
        hours=np.array([motion.duration_s / 3600 for motion in recordings]),
        blows=each(lambda mine: float(mine.sum())).astype(np.int64),
        judged_blows=each(lambda mine: float((mine & is_known).sum())).astype(np.int64),
        probability=each(lambda mine: float(outputs.probability[mine].max(initial=0.0))),
        alarms=each(lambda mine: alarms_of(blows.places[mine & says_fall])).astype(np.int64),
        rule_alarms=each(lambda mine: alarms_of(blows.places[mine & is_hard])).astype(np.int64),
    )


def outputs_of(recordings: Sequence[Motion], blows: Blows, book: FoldBook) -> Outputs:
    """Let each blow be judged by a network that has not seen its recording."""
    networks = [book.artefact_for(motion.digest) for motion in recordings]
    return _outputs(blows, [networks[index] for index in blows.recordings.tolist()])


def _outputs(blows: Blows, networks: Sequence[bytes]) -> Outputs:
    tensors = tensors_of(blows.surround_g)
    outputs = Outputs(probability=np.zeros(len(blows)), distance=np.zeros(len(blows)))
    for network in set(networks):
        mine = np.array([each is network or each == network for each in networks], dtype=bool)
        found = run_outputs(network, _rows(tensors, mine))
        outputs.probability[mine] = found[OUTPUT][:, FALL]
        outputs.distance[mine] = found["distance"].reshape(-1)
    return outputs


def _rows(
    tensors: Mapping[str, NDArray[np.float32]], chosen: NDArray[np.bool_]
) -> dict[str, NDArray[np.float32]]:
    return {name: rows[chosen] for name, rows in tensors.items()}


def alarms_of(places: NDArray[np.int64]) -> int:
    """Count the alarms of blows at these places, rising: those close together are one."""
    alarms, last = 0, -_SAME_FALL
    for place in places.tolist():
        alarms += place - last >= _SAME_FALL
        last = place
    return alarms
