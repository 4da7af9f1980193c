"""What moves: the points of one series; and from where to where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, Protocol

import numpy as np

from cloud.storage.points.columns import HOUR_MS, Points

__all__ = ["EVER", "PointSide", "SeriesName", "by_hour", "digest"]

EVER: Final = (0, 1 << 62)
"""From 1970 on: the wire knows no earlier time."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class SeriesName:
    """What one device measured of one kind on one patient, by one clock: believed, doubted or a run."""

    patient_id: str
    kind: str
    device: str
    clock: str


class PointSide(Protocol):
    """A store of points that is moved from or to."""

    def series(self) -> Sequence[SeriesName]:
        """Return every series that holds points, in order."""
        ...

    def counts(self, name: SeriesName, around: tuple[int, int] = EVER) -> Mapping[int, int]:
        """Return how many points each hour holds; where a side cannot look everywhere, of those `around`."""
        ...

    def read(self, name: SeriesName, from_ms: int, to_ms: int) -> Points:
        """Return the points of a half-open span, in order, each moment once."""
        ...

    def write(self, name: SeriesName, points: Points) -> None:
        """Store points durably; a moment that is there takes the new value."""
        ...

    def finish(self) -> None:
        """Do what makes the side ready to be used, now that all points are in it."""
        ...


def by_hour(points: Points) -> dict[int, Points]:
    """Cut points that are in order by their hours."""
    hours, starts = np.unique(points.t_ms // HOUR_MS, return_index=True)
    ends = [*starts[1:].tolist(), len(points)][: len(hours)]
    return {
        hour * HOUR_MS: points.at(slice(start, end))
        for hour, start, end in zip(hours.tolist(), starts.tolist(), ends, strict=True)
    }


def digest(points: Points) -> bytes:
    """Return a checksum of everything a point says; a quality nobody knows is always the same NaN."""
    quality = np.where(np.isnan(points.quality), np.nan, points.quality + 0.0)
    columns = (points.t_ms, points.value + 0.0, quality, points.device_ms)  # + 0.0: there is one zero
    summed = blake2b(digest_size=16)
    for column in columns:
        summed.update(np.ascontiguousarray(column).tobytes())
    return summed.digest()
