"""Other sensors, other places and other people, made of the recordings there are.

SisFall has one sensor at one place, the waist, and falls after which nobody moves. What a wrist band, a phone
in a pocket or a cheaper chip would have felt is approximated here: each row is one way to differ.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vitals.features.acceleration import MOTION_RATE_HZ
from vitals.features.impacts import BEFORE_S, GATE_G

__all__ = ["OTHER_SENSORS", "VARIATIONS", "Variation", "aligned", "varied"]

_AT: Final = round(BEFORE_S * MOTION_RATE_HZ)
_ALIGNED: Final = 25
_SHORTEST_AXIS: Final = 1e-6
_Samples = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variation:
    """One row: how ``(n, 3)`` g are changed, and in which share of the examples."""

    name: str
    share: float
    apply: Callable[[_Samples, np.random.Generator], _Samples]


def varied(surround_g: NDArray[np.floating], rng: np.random.Generator) -> _Samples:
    """Return ``(350, 3)`` g around a blow as another sensor on another person might have felt them."""
    samples = np.asarray(surround_g, dtype=np.float64)
    for variation in VARIATIONS:
        if rng.random() < variation.share:
            samples = variation.apply(samples, rng)
    return aligned(samples)


def random_rotation(rng: np.random.Generator) -> _Samples:
    """Return a ``(3, 3)`` rotation, any with equal chance."""
    turned, scale = np.linalg.qr(rng.standard_normal((3, 3)))
    turned *= np.sign(np.diag(scale))
    if np.linalg.det(turned) < 0:
        turned[:, 0] *= -1
    return np.asarray(turned)


def _turned(samples: _Samples, rng: np.random.Generator) -> _Samples:
    return samples @ random_rotation(rng).T


def _other_blow(samples: _Samples, rng: np.random.Generator) -> _Samples:
    """Let another blow of the same tumble be the one that stands for it, as at a hand or a hip."""
    magnitude = np.linalg.norm(samples, axis=1)
    near = magnitude[_AT - 30 : _AT + 31]
    is_peak = np.r_[False, (near[1:-1] >= near[:-2]) & (near[1:-1] > near[2:]), False]
    places = np.flatnonzero(is_peak & (near >= max(GATE_G, 0.5 * float(magnitude[_AT]))))
    return _shifted(samples, int(rng.choice(places)) - 30) if len(places) else samples


def _slower(samples: _Samples, rng: np.random.Generator) -> _Samples:
    """Stretch time about the blow: other people, and clocks that are not what they say."""
    return _at_places(samples, _AT + (np.arange(len(samples)) - _AT) * rng.uniform(0.85, 1.18))


def _elsewhere(samples: _Samples, rng: np.random.Generator) -> _Samples:
    """Let the sensor turn with the limb it sits on, while the blow comes: at a wrist, in a pocket."""
    axis = rng.standard_normal(3)
    axis /= max(float(np.linalg.norm(axis)), _SHORTEST_AXIS)
    begin, length = _AT + rng.integers(-40, 15), rng.integers(10, 60)
    share = np.clip((np.arange(len(samples)) - begin) / length, 0.0, 1.0)
    angle = rng.uniform(0.0, np.pi / 1.5) * (3 * share**2 - 2 * share**3)
    along = (samples @ axis)[:, None] * axis
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    turned: _Samples = samples * cos + np.cross(axis, samples) * sin + along * (1.0 - cos)
    return turned


def _looser(samples: _Samples, rng: np.random.Generator) -> _Samples:
    """Let movement reach the sensor more, or less, than it did the waist."""
    smooth = _box(samples, MOTION_RATE_HZ // 2 + 1)
    return smooth + (samples - smooth) * float(np.exp(rng.uniform(np.log(0.6), np.log(1.8))))


def _other_floor(samples: _Samples, rng: np.random.Generator) -> _Samples:
    """Let the blow itself be shorter or longer, harder or softer, as on a mat, on a carpet or on tiles."""
    since = np.arange(len(samples)) - _AT
    near = np.exp(-((since / 12.0) ** 2))
    longer = np.exp(rng.uniform(np.log(0.5), np.log(2.0))) - 1.0
    felt = _at_places(samples, _AT + since * (1.0 + longer * near))
    smooth = _box(felt, MOTION_RATE_HZ // 2 + 1)
    harder = float(np.exp(rng.uniform(np.log(0.5), np.log(1.6)))) - 1.0
    return smooth + (felt - smooth) * (1.0 + harder * near)[:, None]


def _calmer(samples: _Samples, rng: np.random.Generator) -> _Samples:
    """Let somebody move less before the blow and after it, as the frail do, or the unconscious."""
    smooth = _box(samples, MOTION_RATE_HZ // 2 + 1)
    away = np.clip(np.abs(np.arange(len(samples)) - _AT) / MOTION_RATE_HZ - 0.7, 0.0, 0.5) * 2.0
    return smooth + (samples - smooth) * (1.0 - rng.uniform(0.3, 0.95) * away)[:, None]


def _stirring(samples: _Samples, rng: np.random.Generator) -> _Samples:
    """Let somebody move after the blow, as those who really fell do."""
    wave = _box(rng.standard_normal((len(samples), 3)), int(rng.integers(6, 20)))
    since_s = (np.arange(len(samples)) - _AT) / MOTION_RATE_HZ - rng.uniform(0.7, 2.5)
    size_g = rng.uniform(0.05, 0.35) / max(float(wave.std()), _SHORTEST_AXIS)
    return samples + wave * size_g * np.clip(since_s * 2.0, 0.0, 1.0)[:, None]


def _duller(samples: _Samples, rng: np.random.Generator) -> _Samples:
    """Lower the bandwidth, or the rate, as saving chips do."""
    width = int(rng.integers(2, 5))
    if rng.random() < 0.5:  # noqa: PLR2004 - a coin
        return _box(samples, width)
    held = samples[: len(samples) // width * width].reshape(-1, width, 3).mean(axis=1).repeat(width, axis=0)
    return np.concatenate([held, samples[len(held) :]])


def _gained(samples: _Samples, rng: np.random.Generator) -> _Samples:
    return samples * rng.uniform(0.85, 1.15)


def _off_zero(samples: _Samples, rng: np.random.Generator) -> _Samples:
    return samples + rng.normal(0.0, 0.07, 3)


def _noisy(samples: _Samples, rng: np.random.Generator) -> _Samples:
    return samples + rng.standard_normal(samples.shape) * float(
        np.exp(rng.uniform(np.log(0.004), np.log(0.06)))
    )


def _clipped(samples: _Samples, rng: np.random.Generator) -> _Samples:
    limit_g = float(rng.choice([3.0, 4.0, 6.0, 8.0]))
    return np.clip(samples, -limit_g, limit_g)


VARIATIONS: Final = (
    Variation(name="turned", share=1.0, apply=_turned),
    Variation(name="other-blow", share=0.2, apply=_other_blow),
    Variation(name="slower", share=0.5, apply=_slower),
    Variation(name="elsewhere", share=0.4, apply=_elsewhere),
    Variation(name="looser", share=0.5, apply=_looser),
    Variation(name="other-floor", share=0.4, apply=_other_floor),
    Variation(name="calmer", share=0.2, apply=_calmer),
    Variation(name="stirring", share=0.15, apply=_stirring),
    Variation(name="duller", share=0.3, apply=_duller),
    Variation(name="gained", share=0.7, apply=_gained),
    Variation(name="off-zero", share=0.7, apply=_off_zero),
    Variation(name="noisy", share=0.7, apply=_noisy),
    Variation(name="clipped", share=0.5, apply=_clipped),
)

OTHER_SENSORS: Final = {
    "a noisy one of 3 to 8 g, off zero and off scale": (_turned, _gained, _off_zero, _noisy, _clipped),
    "one of low bandwidth, or as few as 12 samples a second": (_duller, _slower),
    "one that turns with its limb, and feels more or less": (_elsewhere, _looser),
}
"""What an evaluation makes of the recordings it has, by what another sensor would be."""


def aligned(samples: _Samples) -> _Samples:
    """Bring the hardest sample near the blow to its place, where the gate would have put it."""
    near = np.linalg.norm(samples[_AT - _ALIGNED : _AT + _ALIGNED + 1], axis=1)
    return _shifted(samples, int(near.argmax()) - _ALIGNED)


def _shifted(samples: _Samples, by: int) -> _Samples:
    return samples if by == 0 else _at_places(samples, np.arange(len(samples)) + by)


def _at_places(samples: _Samples, places: NDArray[np.floating] | NDArray[np.integer]) -> _Samples:
    """Read between the samples; beyond the ends, mirrored."""
    last = len(samples) - 1
    inside = last - np.abs(last - np.abs(places))
    return np.stack([np.interp(inside, np.arange(last + 1), axis) for axis in samples.T], axis=1)


def _box(samples: _Samples, width: int) -> _Samples:
    total = np.cumsum(
        np.pad(samples, ((width // 2 + 1, width - width // 2 - 1), (0, 0)), mode="edge"), axis=0
    )
    smooth: _Samples = (total[width:] - total[:-width]) / width
    return smooth
