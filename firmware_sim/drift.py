"""Noise as bodies have it: smooth, bounded, and the same for a seed in whatever order it is asked."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["Drift"]


class Drift:
    """A sum of sine waves with drawn phases, slower ones larger: never further than 1 from 0."""

    def __init__(self, rng: np.random.Generator, *, periods_s: tuple[float, float], waves: int = 6) -> None:
        shortest_s, longest_s = periods_s
        spread = (np.arange(waves) + rng.uniform(0.0, 1.0, waves)) / waves
        periods = shortest_s * (longest_s / shortest_s) ** spread
        self._cycles_per_s = 1.0 / periods
        self._sizes = np.sqrt(periods) / np.sqrt(periods).sum()
        self._phases = rng.uniform(0.0, 1.0, waves)

    def at(self, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the value at each second of `(n,)`."""
        cycles = np.multiply.outer(self._cycles_per_s, t_s) + self._phases[:, None]
        value: NDArray[np.float64] = self._sizes @ np.sin(2.0 * np.pi * cycles)
        return value
