"""What happens to a wearer, and when: the causes that the couplings turn into vital signs."""

from dataclasses import dataclass
from enum import StrEnum
from math import inf

import numpy as np
from numpy.typing import NDArray

__all__ = ["Cause", "Episode", "Span"]


class Cause(StrEnum):
    """Something that moves vital signs; the comment gives the unit of an episode's level."""

    EXERTION = "exertion"  # share of the greatest work the wearer can do, 0..1
    SLEEP = "sleep"  # depth, 0..1
    AGITATION = "agitation"  # share of the liveliest movement on the spot, 0..1
    FEVER = "fever"  # degC above the usual
    HYPOXIA = "hypoxia"  # percentage points of oxygen saturation lost
    HYPERTENSION = "hypertension"  # mmHg of systolic pressure gained
    HYPOTENSION = "hypotension"  # mmHg of systolic pressure lost
    RAPID_CONDUCTION = "rapid-conduction"  # beats a minute gained by an atrioventricular node overrun
    HYPOGLYCAEMIA = "hypoglycaemia"  # mg/dL of glucose lost
    DISTRESS = "distress"  # share of the worst pain or fright, 0..1


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From one second of the wearer's life until another."""

    from_s: float = 0.0
    to_s: float = inf

    def __contains__(self, at_s: float) -> bool:
        return self.from_s <= at_s < self.to_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """A cause at a level, reached over `ramp_s` from `from_s` on and left over as long from `to_s` on."""

    cause: Cause
    level: float
    from_s: float = 0.0
    to_s: float = inf
    ramp_s: float = 2.0

    def felt(self, t_s: NDArray[np.float64], *, lag_s: float) -> NDArray[np.float64]:
        """Return what has come through a first-order lag at each second of `(n,)`."""
        felt = _ramp_response(t_s - self.from_s, self.ramp_s, lag_s)
        if self.to_s < inf:
            felt = felt - _ramp_response(t_s - self.to_s, self.ramp_s, lag_s)
        return self.level * felt


def _ramp_response(since_s: NDArray[np.float64], ramp_s: float, lag_s: float) -> NDArray[np.float64]:
    """Answer of a first-order lag to a rise from 0 to 1 over `ramp_s`, in closed form: without state."""
    if lag_s <= 0.0:
        return np.clip(since_s / ramp_s, 0.0, 1.0)
    return (_slope_response(since_s, lag_s) - _slope_response(since_s - ramp_s, lag_s)) / ramp_s


def _slope_response(since_s: NDArray[np.float64], lag_s: float) -> NDArray[np.float64]:
    since_s = np.maximum(since_s, 0.0)
    response: NDArray[np.float64] = since_s + lag_s * np.expm1(-since_s / lag_s)
    return response
