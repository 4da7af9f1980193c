"""The seconds around a blow as the fall model takes them, and as a person is shown them.

Nothing here depends on how the sensor sits: every quantity is a magnitude, or an angle to the way that was up
in the seconds before the blow.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vitals.errors import ValidationError
from vitals.features.acceleration import MOTION_RATE_HZ
from vitals.features.impacts import BEFORE_S, GATE_G, SURROUND_LENGTH

__all__ = [
    "FALL_FEATURE_VERSION",
    "FALL_INPUTS",
    "FALL_WINDOW_S",
    "FallEvidence",
    "fall_evidence",
    "fall_inputs",
    "is_hard_fall",
]

FALL_FEATURE_VERSION: Final = 1
"""Rises with every change to what ``fall_inputs`` returns; a model states the version it was trained on."""
FALL_WINDOW_S: Final = 3.0

_AT: Final = round(BEFORE_S * MOTION_RATE_HZ)
_WINDOW: Final = slice(_AT - MOTION_RATE_HZ, _AT + 2 * MOTION_RATE_HZ)
_BEFORE: Final = slice(0, _AT - MOTION_RATE_HZ)
_FALLING: Final = slice(_AT - MOTION_RATE_HZ, _AT + 1)
_AFTER: Final = slice(_AT + MOTION_RATE_HZ, SURROUND_LENGTH)
_LAST: Final = slice(SURROUND_LENGTH - 75, SURROUND_LENGTH)
_SMOOTHED: Final = MOTION_RATE_HZ // 2
_LEAST_G: Final = 0.05
_UNFELT_G: Final = 0.6
"""Below this the body is falling: halfway to the 0.41 g that Bourke 2007 finds at the trunk of every fall."""
_STILL_G: Final = 0.1
_HARD_G: Final = 2.5
"""Bourke 2007 takes 3.5 g at the trunk, sampled at 1 kHz; a mean over 20 ms is lower."""
_TIPPED_DEG: Final = 60.0
_STILLNESS_S: Final = 1.0

FALL_INPUTS: Final = {"motion": (1, round(FALL_WINDOW_S * MOTION_RATE_HZ), 6), "context": (1, 12)}
"""Shape of each float32 tensor ``fall_inputs`` returns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FallEvidence:
    """What a person is shown beside a verdict on a blow."""

    peak_g: float
    free_fall_ms: float
    least_g: float
    posture_change_deg: float
    stillness_s: float
    movement_before_g: float
    movement_after_g: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Blow:
    """``(350, 3)`` g around a blow, and what all features are made of: each ``(350,)``."""

    acceleration_g: NDArray[np.float64]
    magnitude_g: NDArray[np.float64]
    up: NDArray[np.float64]
    """Unit vector ``(3,)`` that pointed up before the blow."""
    smooth: NDArray[np.float64]
    """The acceleration's mean over half a second, ``(350, 3)``: mostly gravity."""
    tilt: NDArray[np.float64]
    """One less the cosine of the angle between the smooth acceleration and what was up: 0 to 2."""
    movement_g: NDArray[np.float64]


def fall_inputs(surround_g: NDArray[np.floating]) -> dict[str, NDArray[np.float32]]:
    """Return the model's tensors, shaped as ``FALL_INPUTS`` says, of ``(350, 3)`` g around a blow at 50 Hz.

    Raises
    ------
    ValidationError
        The surroundings have another shape, or are not finite.
    """
    blow = _measure(surround_g)
    along = blow.acceleration_g @ blow.up
    aside = np.linalg.norm(blow.acceleration_g - np.outer(along, blow.up), axis=1)
    jerk = np.linalg.norm(np.diff(blow.acceleration_g, axis=0, prepend=blow.acceleration_g[:1]), axis=1)
    rows = (blow.magnitude_g, along, aside, blow.movement_g, 2.0 * jerk)
    motion = np.stack([*(_pressed(row) for row in rows), blow.tilt], axis=1)[_WINDOW]
    tensors = {"motion": motion, "context": _context(blow)}
    return {name: row.astype(np.float32).reshape(FALL_INPUTS[name]) for name, row in tensors.items()}


def fall_evidence(surround_g: NDArray[np.floating]) -> FallEvidence:
    """Name what a blow's surroundings show; takes and raises what ``fall_inputs`` does."""
    blow = _measure(surround_g)
    each_ms = 1000 / MOTION_RATE_HZ
    return FallEvidence(
        peak_g=round(float(blow.magnitude_g[_AT]), 2),
        free_fall_ms=each_ms * int((blow.magnitude_g[_FALLING] < _UNFELT_G).sum()),
        least_g=round(float(blow.magnitude_g[_FALLING].min()), 2),
        posture_change_deg=round(_degrees(_tilt_of(blow.acceleration_g[_LAST].mean(axis=0), blow.up)), 0),
        stillness_s=round(int((blow.movement_g[_AFTER] < _STILL_G).sum()) / MOTION_RATE_HZ, 2),
        movement_before_g=round(_rms(blow.movement_g[_BEFORE]), 3),
        movement_after_g=round(_rms(blow.movement_g[_AFTER]), 3),
    )


def is_hard_fall(seen: FallEvidence) -> bool:
    """Tell a fall by three limits, for when no model can: a hard blow, another posture, hardly a movement.

    After Bourke et al. (Gait Posture 2007;26:194-199: the blow) and Kangas et al. (Gait Posture
    2008;28:285-291: then the posture); who jumps goes on moving, who sits down hard stays upright.
    """
    return (
        seen.peak_g >= _HARD_G and seen.posture_change_deg >= _TIPPED_DEG and seen.stillness_s >= _STILLNESS_S
    )


def _measure(surround_g: NDArray[np.floating]) -> _Blow:
    acceleration_g = np.asarray(surround_g, dtype=np.float64)
    if acceleration_g.shape != (SURROUND_LENGTH, 3) or not np.isfinite(acceleration_g).all():
        raise ValidationError(
            f"a blow is judged by ({SURROUND_LENGTH}, 3) finite samples around it: cut them with ImpactGate"
        )
    mean_before = acceleration_g[_BEFORE].mean(axis=0)
    up = mean_before / max(float(np.linalg.norm(mean_before)), _LEAST_G)
    smooth = _smoothed(acceleration_g)
    return _Blow(
        acceleration_g=acceleration_g,
        magnitude_g=np.linalg.norm(acceleration_g, axis=1),
        up=up,
        smooth=smooth,
        tilt=_tilt_of(smooth, up),
        movement_g=np.linalg.norm(acceleration_g - smooth, axis=1),
    )


def _context(blow: _Blow) -> NDArray[np.float64]:
    """Return what the three seconds do not show: before, after, and how many blows; each near one."""
    movement, magnitude = blow.movement_g, blow.magnitude_g
    seconds_after = np.sqrt((movement[_AFTER] ** 2).reshape(-1, MOTION_RATE_HZ).mean(axis=1))
    lying = blow.acceleration_g[_LAST].mean(axis=0)
    return np.array(
        [
            _pressed(float(magnitude[_AT])),
            _pressed(float(magnitude[_BEFORE].max())),
            _pressed(float(magnitude[_AFTER].max())),
            float(magnitude[_FALLING].min()),
            (magnitude[_FALLING] < _UNFELT_G).sum() / 20,
            _level(_rms(movement[_BEFORE])),
            _level(float(seconds_after.min())),
            _level(float(seconds_after[-1])),
            _level(_rms(movement[_AFTER])),
            float(_tilt_of(lying, blow.up)),
            float(_tilt_of(lying, blow.smooth[_AT - MOTION_RATE_HZ])),
            _blows(magnitude[_BEFORE]) / 5,
        ]
    )


def _blows(magnitude_g: NDArray[np.float64]) -> int:
    """How often the gate was crossed upwards: a runner's steps, say."""
    is_above = magnitude_g >= GATE_G
    return int((is_above[1:] & ~is_above[:-1]).sum())


def _smoothed(acceleration_g: NDArray[np.float64]) -> NDArray[np.float64]:
    half = _SMOOTHED // 2
    padded = np.pad(acceleration_g, ((half + 1, half), (0, 0)), mode="edge")
    total = np.cumsum(padded, axis=0)
    width = 2 * half + 1
    smooth: NDArray[np.float64] = (total[width:] - total[:-width]) / width
    return smooth


def _tilt_of(vectors: NDArray[np.float64], up: NDArray[np.float64]) -> NDArray[np.float64]:
    length = np.maximum(np.linalg.norm(vectors, axis=-1), _LEAST_G)
    tilt: NDArray[np.float64] = 1.0 - (vectors @ up) / length
    return tilt


def _degrees(tilt: NDArray[np.float64]) -> float:
    return float(np.degrees(np.arccos(np.clip(1.0 - tilt, -1.0, 1.0))))


def _pressed(values_g: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Press hard blows together, so that a sensor that ends at 8 g is much like one that does not."""
    pressed: NDArray[np.float64] = np.sign(values_g) * np.log1p(np.abs(values_g))
    return pressed


def _level(movement_g: float) -> float:
    """Tell stillness from movement over a decade and a half, and no sensor's own noise from another's."""
    return float(np.log((movement_g + _LEAST_G) / _LEAST_G)) / 2


def _rms(values: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(values**2)))
