"""Where to draw the line between a fall and any other blow, from people the network has not seen."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["operating_point"]

_GIVEN_UP: Final = 0.0125
"""The share of falls that a line as high as it may be would miss: less than the aim of 98 % allows."""
_WITHIN: Final = (0.2, 0.9)


def operating_point(is_fall: NDArray[np.bool_], probability: NDArray[np.floating]) -> float:
    """Return the threshold, to a hundredth, in the middle of the room there is.

    The room reaches from the highest probability of any other blow to the one that all but an eightieth of
    the falls exceed; its middle, in log odds, leaves the most on either side to people and sensors unknown.
    Where there is no room, the falls are what counts.
    """
    highest_other = float(probability[~is_fall].max(initial=0.0))
    lowest_fall = float(np.quantile(probability[is_fall], _GIVEN_UP)) if is_fall.any() else 1.0
    low = _log_odds(min(highest_other, lowest_fall))
    middle = 1.0 / (1.0 + np.exp(-(low + _log_odds(lowest_fall)) / 2))
    return round(float(np.clip(middle, *_WITHIN)), 2)


def _log_odds(probability: float) -> float:
    inside = float(np.clip(probability, 1e-6, 1.0 - 1e-6))
    return float(np.log(inside / (1.0 - inside)))
