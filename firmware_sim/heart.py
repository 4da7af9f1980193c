"""A heart as a wearable meets it: samples and beats in order, for as long as somebody reads."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from firmware_sim.recordings import Beat

__all__ = ["HeartSegment", "HeartSource"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeartSegment:
    """The next stretch of a heart: `ecg_mv` is `(n,) float64`, mV; indices count from the source's start."""

    start: int
    ecg_mv: NDArray[np.float64]
    beats: tuple[Beat, ...]
    contact: bool = True

    @property
    def stop(self) -> int:
        """Return the index of the sample after the last one."""
        return self.start + len(self.ecg_mv)


class HeartSource(Protocol):
    """Something that beats: recorded or generated."""

    @property
    def rate_hz(self) -> int:
        """Samples a second."""
        ...

    def read(self, count: int) -> HeartSegment:
        """Return the next `count` samples; fewer, down to none, once the source has ended."""
        ...
