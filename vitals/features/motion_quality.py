"""Whether the acceleration around a blow can be judged at all, and if not, why."""

from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vitals.features.acceleration import MOTION_RATE_HZ

__all__ = ["MotionFault", "motion_faults"]

_GRAVITY_G: Final = (0.5, 2.0)
"""Between these the middle magnitude lies, whatever the wearer does: a runner's is 1.3 g in SisFall."""
_STUCK_S: Final = 1.0


class MotionFault(StrEnum):
    """Why the surroundings of a blow are not to be judged."""

    NOT_FINITE = "not-finite"
    NO_GRAVITY = "no-gravity"
    """The sensor does not feel 1 g in the middle: its scale is not what it says."""
    STUCK = "stuck"
    """It said the very same for a second: a live sensor's noise does not allow that."""


def motion_faults(acceleration_g: NDArray[np.floating]) -> frozenset[MotionFault]:
    """Return what is wrong with ``(n, 3)`` g at 50 Hz; nothing, if they can be judged."""
    samples = np.asarray(acceleration_g, dtype=np.float64)
    if not np.isfinite(samples).all():
        return frozenset({MotionFault.NOT_FINITE})
    low_g, high_g = _GRAVITY_G
    has_gravity = low_g <= float(np.median(np.linalg.norm(samples, axis=1))) <= high_g
    faults = {MotionFault.STUCK: _is_stuck(samples), MotionFault.NO_GRAVITY: not has_gravity}
    return frozenset(fault for fault, holds in faults.items() if holds)


def _is_stuck(samples: NDArray[np.float64]) -> bool:
    """Tell whether no axis changed for a second."""
    moves = np.any(np.diff(samples, axis=0) != 0.0, axis=1)
    at_moves = np.flatnonzero(np.concatenate([[True], moves, [True]]))
    return bool(np.diff(at_moves).max() > _STUCK_S * MOTION_RATE_HZ)
