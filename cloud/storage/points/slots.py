"""A slot is one hour of one series, as one number: a series' slots are neighbours, in order of time."""

from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from cloud.storage.points.columns import HOUR_MS

__all__ = ["hour_of", "series_of", "slot_of", "slots_of"]

_HOURS: Final = 1 << 24  # from 1970 on, to after the year 3000; earlier ones are no times of a record


def slot_of(series_id: int, t_ms: int) -> int:
    """Return the slot a moment falls into; what is out of bounds, the nearest of that series."""
    return series_id * _HOURS + min(max(t_ms // HOUR_MS, 0), _HOURS - 1)


def slots_of(series_id: NDArray[np.int64], t_ms: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the slot of each of many points, none of which is out of bounds."""
    return series_id * _HOURS + t_ms // HOUR_MS


def series_of(slot: int) -> int:
    """Return the series a slot is of."""
    return slot // _HOURS


_Slots = TypeVar("_Slots", int, NDArray[np.int64])


def hour_of(slot: _Slots) -> _Slots:
    """Return the beginning of a slot's hour, in ms."""
    return slot % _HOURS * HOUR_MS
