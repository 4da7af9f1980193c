"""Every blow of every recording, by the gateway's own gate, and which of them were falls."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.falls.recordings import Motion
from models.folds import record_digest
from vitals.features.acceleration import MOTION_RATE_HZ
from vitals.features.falls import FALL_INPUTS, fall_inputs
from vitals.features.impacts import SURROUND_LENGTH, Impact, ImpactGate

__all__ = ["LABELS", "Blows", "impacts_of", "parts_of", "tensors_of"]

LABELS: Final = ("other", "fall")
_NEAR: Final = 3 * MOTION_RATE_HZ


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Blows:
    """One row a blow: what lies around it, whose it is, and what it was.

    ``is_taught`` leaves out what nobody labelled: the blows around a fall's own and those after it.
    """

    surround_g: NDArray[np.float32]
    recordings: NDArray[np.int64]
    """Which of the recordings gathered it is of."""
    people: NDArray[np.str_]
    places: NDArray[np.int64]
    is_fall: NDArray[np.bool_]
    is_taught: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.people)

    def where(self, chosen: NDArray[np.bool_]) -> "Blows":
        """Keep the chosen rows."""
        return Blows(**{name: getattr(self, name)[chosen] for name in self.__slots__})

    @classmethod
    def gather(cls, recordings: Sequence[Motion]) -> "Blows":
        """Stack the blows of all recordings."""
        rows = [
            (index, motion.person, blow)
            for index, motion in enumerate(recordings)
            for blow in _labelled(motion)
        ]
        surround_g = [blow.impact.surround_g for _, _, blow in rows]
        return cls(
            surround_g=np.array(surround_g, dtype=np.float32).reshape(-1, SURROUND_LENGTH, 3),
            recordings=np.array([index for index, _, _ in rows], dtype=np.int64),
            people=np.array([person for _, person, _ in rows], dtype=np.str_),
            places=np.array([blow.impact.place for _, _, blow in rows], dtype=np.int64),
            is_fall=np.array([blow.is_fall for _, _, blow in rows], dtype=bool),
            is_taught=np.array([blow.is_taught for _, _, blow in rows], dtype=bool),
        )


def impacts_of(acceleration_g: NDArray[np.float64]) -> list[Impact]:
    """Return the blows of a whole recording of ``(n, 3)`` g at 50 Hz."""
    gate = ImpactGate()
    return [*gate.push(acceleration_g), *gate.flush()]


def tensors_of(surrounds_g: Iterable[NDArray[np.floating]]) -> dict[str, NDArray[np.float32]]:
    """Return the model's tensors, a row for each ``(350, 3)`` g around a blow."""
    rows = [fall_inputs(surround_g) for surround_g in surrounds_g]
    return {
        name: np.concatenate([row[name] for row in rows]) if rows else np.empty((0, *shape[1:]), np.float32)
        for name, shape in FALL_INPUTS.items()
    }


def parts_of(recordings: Sequence[Motion], count: int) -> dict[str, int]:
    """Part people into ``count`` groups as alike as can be: who fell, and who did not, in turn."""
    fell = {motion.person for motion in recordings if motion.is_fall}
    people = {motion.person for motion in recordings}
    in_turn = sorted(people, key=lambda person: (person not in fell, record_digest(person.encode())))
    return {person: place % count for place, person in enumerate(in_turn)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Labelled:
    impact: Impact
    is_fall: bool
    is_taught: bool


def _labelled(motion: Motion) -> list[_Labelled]:
    """Say of each blow whether it was the fall: the hardest one of a fall's recording is."""
    impacts = impacts_of(motion.acceleration_g)
    if not motion.is_fall or not impacts:
        return [_Labelled(impact=impact, is_fall=False, is_taught=True) for impact in impacts]
    hardest = max(impacts, key=lambda impact: impact.peak_g)
    return [
        _Labelled(
            impact=impact,
            is_fall=impact is hardest,
            is_taught=impact is hardest or impact.place < hardest.place - _NEAR,
        )
        for impact in impacts
    ]
