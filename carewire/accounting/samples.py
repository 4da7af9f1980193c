"""Samples of one quantity from one wearable, as arrays, and stretches that are stated as missing."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Missing", "Name", "Samples", "Strip"]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Name:
    """Whose, of what; `lead` tells apart what is sampled at once."""

    device: str
    kind: str
    lead: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """`(n,) float64` each, in the order of their times: ms since 1970, and values in the kind's unit."""

    t_ms: NDArray[np.float64]
    value: NDArray[np.float64]

    @classmethod
    def of(cls, pairs: Sequence[tuple[float, float]]) -> "Samples":
        """Put `(t_ms, value)` in order; those of one moment stay as they came."""
        table = np.array(pairs, dtype=np.float64).reshape(-1, 2)
        order = np.argsort(table[:, 0], kind="stable")
        return cls(t_ms=table[order, 0], value=table[order, 1])

    def __len__(self) -> int:
        return len(self.t_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """Evenly spaced samples as they are stored: the first at `t0_ms`, `(n,) float64` in the kind's unit."""

    t0_ms: float
    rate_hz: float
    value: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """From when to when nothing of a wearable's kind exists."""

    device: str
    kind: str
    from_ms: float
    to_ms: float
