"""Whether somebody walks, from five seconds of acceleration: whoever walks has got up."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vitals.errors import ValidationError
from vitals.features.acceleration import MOTION_RATE_HZ

__all__ = ["GAIT_WINDOW_S", "is_walking"]

GAIT_WINDOW_S: Final = 5.0

_LENGTH: Final = round(GAIT_WINDOW_S * MOTION_RATE_HZ)
_LEAST_BOUNCE_G: Final = 0.06
_STEP_LAGS: Final = slice(round(0.35 * MOTION_RATE_HZ), round(1.4 * MOTION_RATE_HZ))
"""From a runner's step to a slow walker's stride, which is what a wrist swings by."""
_LEAST_LIKENESS: Final = 0.5


def is_walking(acceleration_g: NDArray[np.floating]) -> bool:
    """Tell whether ``(250, 3)`` g at 50 Hz move up and down, again and again alike, as steps do.

    The likeness is the autocorrelation of the magnitude at the best step or stride, which in healthy and in
    frail walkers lies well above one half (Moe-Nilssen and Helbostad, J Biomech 2004;37:121-126).

    Raises
    ------
    ValidationError
        There are not five seconds of finite samples.
    """
    samples = np.asarray(acceleration_g, dtype=np.float64)
    if samples.shape != (_LENGTH, 3) or not np.isfinite(samples).all():
        raise ValidationError(f"walking is told from ({_LENGTH}, 3) finite samples: gather five seconds")
    magnitude = np.linalg.norm(samples, axis=1)
    bounce = magnitude - magnitude.mean()
    if float(bounce.std()) < _LEAST_BOUNCE_G:
        return False
    power = float(bounce @ bounce)
    lags = range(_LENGTH)[_STEP_LAGS]
    likeness = [float(bounce[lag:] @ bounce[:-lag]) / power * _LENGTH / (_LENGTH - lag) for lag in lags]
    return max(likeness) >= _LEAST_LIKENESS
