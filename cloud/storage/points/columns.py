"""Points of one series in columns, and how older and newer words on one moment become one."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["HOUR_MS", "NOT_DATED", "Points"]

HOUR_MS: Final = 3_600_000
NOT_DATED: Final = -(2**63)
"""The `device_ms` of a point that no clock of a wearable dated."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Points:
    """Columns of one length: `t_ms` and `device_ms` int64; `value` and `quality` (NaN: not known) float64."""

    t_ms: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.float64]
    device_ms: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.t_ms)

    @classmethod
    def none(cls) -> Self:
        """Return no points."""
        return cls(
            t_ms=np.empty(0, np.int64),
            value=np.empty(0),
            quality=np.empty(0),
            device_ms=np.empty(0, np.int64),
        )

    @classmethod
    def joined(cls, parts: Iterable[Self]) -> Self:
        """Put parts after one another."""
        kept = [part for part in parts if len(part)]
        if len(kept) < 2:  # noqa: PLR2004 - nothing to join
            return kept[0] if kept else cls.none()
        return cls(
            t_ms=np.concatenate([part.t_ms for part in kept]),
            value=np.concatenate([part.value for part in kept]),
            quality=np.concatenate([part.quality for part in kept]),
            device_ms=np.concatenate([part.device_ms for part in kept]),
        )

    def at(self, which: NDArray[np.integer] | NDArray[np.bool_] | slice) -> Self:
        """Return some of them."""
        return type(self)(
            t_ms=self.t_ms[which],
            value=self.value[which],
            quality=self.quality[which],
            device_ms=self.device_ms[which],
        )

    def later(self, by_ms: int) -> Self:
        """Return them moved in time."""
        return replace(self, t_ms=self.t_ms + by_ms)

    def settled(self) -> Self:
        """Return them by time; of those of one moment, the last in the order they are in here."""
        if (self.t_ms[1:] > self.t_ms[:-1]).all():
            return self
        order = np.argsort(self.t_ms, kind="stable")
        t_ms = self.t_ms[order]
        return self.at(order[np.append(t_ms[1:] != t_ms[:-1], True)])

    def between(self, from_ms: int, to_ms: int) -> Self:
        """Return those of a half-open span; they must be settled."""
        first, last = np.searchsorted(self.t_ms, [from_ms, to_ms])
        return self.at(slice(first, last))
