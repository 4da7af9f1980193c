"""A sampled signal of a body as a wearable takes it: in order, for as long as somebody reads."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["SignalSegment", "SignalSource", "seconds"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SignalSegment:
    """The next stretch: `samples` is `(n, channels) float64`; indices count from the source's start."""

    start: int
    samples: NDArray[np.float64]

    @property
    def stop(self) -> int:
        """Return the index of the sample after the last one."""
        return self.start + len(self.samples)


class SignalSource(Protocol):
    """Something a wearable samples; its docstring says the unit."""

    @property
    def rate_hz(self) -> int:
        """Samples a second."""
        ...

    def read(self, count: int) -> SignalSegment:
        """Return the next `count` samples, the same ones however they are asked for."""
        ...


def seconds(start: int, count: int, rate_hz: int) -> NDArray[np.float64]:
    """Return when each of `count` samples from index `start` on is taken, in seconds."""
    return np.arange(start, start + count) / rate_hz
