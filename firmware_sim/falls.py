"""A fall as a body's acceleration tells it: the floor gone, the impact, and then how one lies.

Falls cross two thresholds of the trunk: below 0.41 g while falling, above 3.5 g at the impact (Bourke et al.,
Gait Posture 2007;26:194-199). In the very old a long lie often follows (Fleming and Brayne, BMJ
2008;337:a2227).
"""

from dataclasses import dataclass
from math import inf
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Fall"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """Balance is lost at `at_s`; `peak_g` is met at the waist, and somebody helps the wearer up at `up_s`."""

    at_s: float
    peak_g: float = 4.6
    up_s: float = inf

    @property
    def impact_s(self) -> float:
        """Return when the body meets the floor."""
        return self.at_s + _FALLING_S

    def down(self, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how far the wearer has come to lie at each second of `(n,)`: 0 upright, 1 on the floor."""
        tipped = np.clip((t_s - self.at_s - _TIPPING_S) / (_FALLING_S - _TIPPING_S), 0.0, 1.0)
        return tipped * np.clip((self.up_s - t_s) / _GETTING_UP_S + 1.0, 0.0, 1.0)

    def weight(self, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the share of gravity that the accelerometer feels: little of it in free fall."""
        since_s = t_s - self.at_s
        into = np.clip((since_s - _TIPPING_S) / _LETTING_GO_S, 0.0, 1.0)
        out = np.clip((_FALLING_S - since_s) / _LETTING_GO_S, 0.0, 1.0)
        return 1.0 - _WEIGHT_LOST * np.minimum(into, out)

    def blow_g(self, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what the impact and its rebounds add to the resting 1 g, away from the floor."""
        since_s = t_s - self.impact_s
        if since_s[-1] < -_BLOW_REACH_S or since_s[0] > _BLOW_REACH_S:
            return np.zeros_like(t_s)
        blow_g = np.zeros_like(t_s)
        for after_s, share, width_s in _BLOWS:
            blow_g += (self.peak_g - 1.0) * share * np.exp(-0.5 * ((since_s - after_s) / width_s) ** 2)
        return blow_g

    def stirring(self, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how much the wearer still moves on the floor: tries to rise at first, then lies still."""
        since_s = t_s - self.impact_s
        return np.where(since_s < 0.0, 0.0, _STIRRING * np.exp(-np.maximum(since_s, 0.0) / _STIRRING_S))


_TIPPING_S: Final = 0.15
_FALLING_S: Final = 0.65
_LETTING_GO_S: Final = 0.12
_WEIGHT_LOST: Final = 0.8
_GETTING_UP_S: Final = 4.0
_BLOW_REACH_S: Final = 2.0
_BLOWS: Final = (
    # seconds after the impact, share of the peak, standard deviation in seconds
    (0.0, 1.0, 0.022),
    (0.09, -0.25, 0.025),
    (0.18, 0.35, 0.030),
    (0.34, 0.12, 0.040),
)
_STIRRING: Final = 0.5
_STIRRING_S: Final = 8.0
