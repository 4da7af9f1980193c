"""Observations as a wearable would send them, made from a seed: what storage is measured on.

Values are whole, as heart rates come; times are a second apart and off by what a radio's connection
intervals do to them. A store that rests on values being smooth or times being regular gets no help.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vitals.records import ObservationRun

__all__ = ["DAY_MS", "HOUR_MS", "START_MS", "heart_rates", "runs"]

START_MS: Final = 1_700_006_400_000
"""2023-11-15 00:00 UTC: a whole day, so that hours and days of the data are the clock's."""
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
_SECOND_MS: Final = 1_000
_JITTER_MS: Final = 15.0
_DAY_SWING: Final = 12.0
_RESTING: Final = 66.0


def heart_rates(seconds: int, *, seed: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return effective times in ms, rising, and heart rates in whole /min, both `(seconds,)`, at 1 Hz."""
    random = np.random.default_rng(seed)
    at = np.arange(seconds, dtype=np.int64)
    jitter = np.clip(random.normal(0.0, _JITTER_MS, seconds), -400, 400).astype(np.int64)
    times_ms = START_MS + at * _SECOND_MS + jitter
    swing = _DAY_SWING * np.sin(2 * np.pi * at * _SECOND_MS / DAY_MS)
    return times_ms, np.round(_RESTING + swing + _wandering(random, seconds))


def runs(device: str, kind: str, *, seconds: int, seed: int, length: int) -> Iterator[ObservationRun]:
    """Yield the same as runs of `length` samples, each with a quality."""
    times_ms, values = heart_rates(seconds, seed=seed)
    quality = np.random.default_rng(seed).integers(80, 101, seconds) / 100
    for first in range(0, seconds, length):
        part = slice(first, first + length)
        yield ObservationRun(
            device=device,
            kind=kind,
            t_ms=times_ms[part].tolist(),
            value=values[part].tolist(),
            quality=quality[part].tolist(),
        )


def _wandering(random: np.random.Generator, seconds: int) -> NDArray[np.float64]:
    """Return a walk in /min that comes back to where it began, a minute's memory long."""
    steps = random.normal(0.0, 0.6, seconds)
    weights = np.exp(-np.arange(240) / 60.0)
    return np.convolve(steps, weights)[:seconds]
