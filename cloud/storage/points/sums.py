"""What many values come to: columns of sums that can be summed up further without error of their own.

`squares` is of the differences from the mean (Chan, Golub and LeVeque 1979), since the sum of the squares
themselves loses a small spread beside a large mean.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from cloud.ports import LEAST_QUALITY, RollupQuery, Rollups
from vitals.kinds import OBSERVATION_KINDS

__all__ = ["Sums", "is_judged"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sums:
    """Stretches in columns of one length: `from_ms` and `count` int64, the others float64."""

    from_ms: NDArray[np.int64]
    count: NDArray[np.int64]
    minimum: NDArray[np.float64]
    maximum: NDArray[np.float64]
    mean: NDArray[np.float64]
    squares: NDArray[np.float64]

    @classmethod
    def of_values(cls, t_ms: NDArray[np.int64], value: NDArray[np.float64]) -> Self:
        """Take each value for a stretch of its own."""
        return cls(
            from_ms=t_ms,
            count=np.ones(len(value), np.int64),
            minimum=value,
            maximum=value,
            mean=value,
            squares=np.zeros(len(value)),
        )

    @classmethod
    def joined(cls, parts: Iterable[Self]) -> Self:
        """Put stretches after one another; those of one time stay apart."""
        kept = [cls.of_values(np.array([], np.int64), np.array([])), *parts]
        return cls(
            **{each.name: np.concatenate([getattr(part, each.name) for part in kept]) for each in fields(cls)}
        )

    def where(self, kept: NDArray[np.bool_]) -> Self:
        """Return those of the stretches that are to be kept."""
        return type(self)(**{each.name: getattr(self, each.name)[kept] for each in fields(self)})

    def between(self, from_ms: int, to_ms: int) -> Self:
        """Return those that begin in a half-open span."""
        return self.where((self.from_ms >= from_ms) & (self.from_ms < to_ms))

    def later(self, by_ms: int) -> Self:
        """Return them moved in time."""
        return replace(self, from_ms=self.from_ms + by_ms)

    def every(self, every_ms: int, from_ms: int = 0) -> Self:
        """Sum up what begins in the same `every_ms`, counted from `from_ms` on; oldest first."""
        place = (self.from_ms - from_ms) // every_ms
        order = np.argsort(place, kind="stable")
        place = place[order]
        starts = np.flatnonzero(np.diff(place, prepend=place[:1] - 1))
        if not len(starts):
            return self
        count, mean = self.count[order], self.mean[order]
        counts = np.add.reduceat(count, starts)
        minimum = np.minimum.reduceat(self.minimum[order], starts)
        maximum = np.maximum.reduceat(self.maximum[order], starts)
        means = np.clip(np.add.reduceat(count * mean, starts) / counts, minimum, maximum)
        apart = mean - np.repeat(means, np.diff(starts, append=len(place)))
        return type(self)(
            from_ms=place[starts] * every_ms + from_ms,
            count=counts,
            minimum=minimum,
            maximum=maximum,
            mean=means,
            squares=np.add.reduceat(self.squares[order] + count * apart**2, starts),
        )

    def answer(self, query: RollupQuery) -> Rollups:
        """Sum up as it was asked for; nothing here is outside the range."""
        summed = self.every(query.every_ms, query.from_ms)
        return Rollups(
            kind=query.kind,
            from_ms=summed.from_ms,
            count=summed.count,
            minimum=summed.minimum,
            maximum=summed.maximum,
            mean=summed.mean,
            deviation=np.sqrt(summed.squares / summed.count),
        )


def is_judged(kind: str, value: NDArray[np.float64], quality: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell of each value whether anything may be concluded from it; NaN is a quality nobody knows.

    Of a kind nobody knows, nothing is.
    """
    row = OBSERVATION_KINDS.get(kind)
    if row is None:
        return np.zeros(len(value), np.bool_)
    low, high = row.plausible
    return (value >= low) & (value <= high) & ~(quality < LEAST_QUALITY)
