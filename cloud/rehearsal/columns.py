"""Values of one kind and one device that can be judged, in columns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Self, cast

import numpy as np
from numpy.typing import NDArray

from cloud.ports import LEAST_QUALITY, Series
from vitals.kinds import OBSERVATION_KINDS
from vitals.records import ObservationRun

__all__ = ["NONE", "Columns", "Flags", "flags", "of_devices", "rounded"]

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Columns:
    """Columns of one length: `t_ms` int64, rising; `value` float64 in the kind's unit."""

    t_ms: NDArray[np.int64]
    value: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.t_ms)

    def __getitem__(self, part: slice | Flags | NDArray[np.intp]) -> Self:
        return type(self)(t_ms=self.t_ms[part], value=self.value[part])

    def then(self, later: Self) -> Self:
        """Return these with later ones behind them."""
        if not len(self):
            return later
        return type(self)(
            t_ms=np.concatenate((self.t_ms, later.t_ms)), value=np.concatenate((self.value, later.value))
        )

    def thinned(self, longest_gap_ms: int) -> Self:
        """Return the first, the last, and of those between so many that no two lie further apart."""
        widest_ms = int(np.diff(self.t_ms).max(initial=1))
        every = max(1, longest_gap_ms // widest_ms)
        return self[np.unique(np.append(np.arange(0, len(self), every), len(self) - 1))]

    def as_run(self, device: str, kind: str) -> ObservationRun:
        """Return them as the record that a gateway would have sent."""
        return ObservationRun(device=device, kind=kind, t_ms=self.t_ms.tolist(), value=self.value.tolist())


NONE: Final = Columns(t_ms=np.array([], np.int64), value=np.array([]))


def of_devices(series: Series) -> Mapping[str, Columns]:
    """Part a series by device, without what is never judged: what is unsure, and what nobody can show."""
    low, high = OBSERVATION_KINDS[series.kind].plausible
    is_fit = (series.value >= low) & (series.value <= high) & ~(series.quality < LEAST_QUALITY)
    whole = Columns(t_ms=series.t_ms, value=series.value)
    if len(series.devices) == 1 and is_fit.all():
        return {series.devices[0]: whole}
    return {
        device: whole[is_fit & (series.device_index == place)] for place, device in enumerate(series.devices)
    }


def rounded(kind: str, value: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round to the kind's resolution, half to even, as a person charting it would."""
    resolution = OBSERVATION_KINDS[kind].resolution
    return np.asarray(np.round(value / resolution) * resolution)


def flags(tells: Callable[[float], bool], value: NDArray[np.float64]) -> Flags:
    """Ask a row about every value: its comparisons hold for columns as they do for one value."""
    return np.asarray(cast("Callable[[NDArray[np.float64]], Flags]", tells)(value))
