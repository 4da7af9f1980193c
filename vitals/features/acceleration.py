"""Acceleration of any rate and any scale, brought to 50 Hz and to g: causal, with state, cheap."""

from collections import deque
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vitals.errors import ValidationError

__all__ = ["MOTION_RATE_HZ", "MotionResampler", "RestingGravity", "quiet_seconds"]

MOTION_RATE_HZ: Final = 50
"""Falls are judged at this rate: enough for an impact as the trunk feels it, and what a pendant sends."""

_QUIET_SHARE: Final = 0.05
"""A second is quiet whose magnitude spreads by less than this share of its mean: standing, sitting, lying."""
_REMEMBERED: Final = 61
_FEWEST: Final = 5
_ROUNDING: Final = 1e-6


class MotionResampler:
    """Brings ``(n, 3)`` samples of one unbroken stretch to 50 Hz, each the mean over its own 20 ms.

    The mean is of the signal held from sample to sample, so that any rate will do: faster ones are averaged,
    which keeps what is above 25 Hz from folding down, slower ones repeated.
    """

    def __init__(self, rate_hz: float) -> None:
        """Begin a stretch.

        Raises
        ------
        ValidationError
            The rate is no positive number.
        """
        if not np.isfinite(rate_hz) or rate_hz <= 0:
            raise ValidationError(f"{rate_hz} Hz is no rate: state how many samples a second there are")
        self._samples_each = rate_hz / MOTION_RATE_HZ
        self._held: NDArray[np.float64] = np.empty((0, 3))
        self._next = 0.0
        """Where the next sample's 20 ms begin, in samples from the first one held."""

    def push(self, samples: NDArray[np.floating] | NDArray[np.integer]) -> NDArray[np.float64]:
        """Take the next ``(n, 3)`` samples; return the ``(m, 3)`` at 50 Hz that they complete."""
        held = np.concatenate([self._held, np.asarray(samples, dtype=np.float64)])
        count = int((len(held) - self._next) / self._samples_each + _ROUNDING)
        edges = self._next + self._samples_each * np.arange(count + 1, dtype=np.float64)
        resampled = np.diff(_integral(held, edges), axis=0) / self._samples_each
        used = min(int(edges[-1] + _ROUNDING), len(held))
        self._held, self._next = held[used:], max(float(edges[-1]) - used, 0.0)
        return resampled


class RestingGravity:
    """What this sensor reads at rest, which should be 1 g: the median of its last minute of quiet seconds."""

    def __init__(self) -> None:
        self._quiet: deque[float] = deque(maxlen=_REMEMBERED)
        self._rest: NDArray[np.float64] = np.empty((0, 3))

    def push(self, samples: NDArray[np.float64]) -> None:
        """Take the next ``(n, 3)`` samples at 50 Hz."""
        self._rest = np.concatenate([self._rest, samples])
        whole = len(self._rest) // MOTION_RATE_HZ * MOTION_RATE_HZ
        self._quiet.extend(quiet_seconds(self._rest[:whole]).tolist())
        self._rest = self._rest[whole:]

    @property
    def value(self) -> float | None:
        """The magnitude at rest, in the samples' unit; ``None`` before five seconds of rest were seen."""
        return float(np.median(self._quiet)) if len(self._quiet) >= _FEWEST else None


def quiet_seconds(samples: NDArray[np.floating]) -> NDArray[np.float64]:
    """Mean magnitude ``(k,)`` of each whole second of ``(n, 3)`` samples at 50 Hz that is a quiet one."""
    magnitude = np.linalg.norm(np.asarray(samples, dtype=np.float64), axis=1)
    seconds = magnitude[: len(magnitude) // MOTION_RATE_HZ * MOTION_RATE_HZ].reshape(-1, MOTION_RATE_HZ)
    mean = seconds.mean(axis=1)
    return np.asarray(mean[(seconds.std(axis=1) < _QUIET_SHARE * mean) & (mean > 0.0)])


def _integral(samples: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of the samples up to each edge, the one that an edge cuts counted by its share: ``(k, 3)``."""
    total = np.concatenate([np.zeros((1, 3)), np.cumsum(samples, axis=0)])
    whole = np.minimum(edges.astype(np.int64), len(samples))
    after = np.minimum(whole + 1, len(samples))
    integral: NDArray[np.float64] = total[whole] + (edges - whole)[:, None] * (total[after] - total[whole])
    return integral
