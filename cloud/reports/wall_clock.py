"""Many moments at once as the clock on the patient's wall shows them."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from cloud.early_warning.local_time import LocalTime

__all__ = ["DAY_MS", "wall_ms"]

DAY_MS: Final = 86_400_000
_QUARTER_MS: Final = 900_000
"""Every zone's offset is the same throughout a quarter of an hour of UTC."""


def wall_ms(t_ms: NDArray[np.int64], local: LocalTime) -> NDArray[np.int64]:
    """Return ``(n,) int64``: ms since 1970 as they would be if the clock on the wall went by UTC."""
    quarters, places = np.unique(t_ms // _QUARTER_MS, return_inverse=True)
    offsets = [_offset_ms(local, quarter * _QUARTER_MS) for quarter in quarters.tolist()]
    return t_ms + np.array(offsets, np.int64)[places]


def _offset_ms(local: LocalTime, t_ms: int) -> int:
    offset = local.at(t_ms).utcoffset()
    return 0 if offset is None else round(offset.total_seconds() * 1000)
