"""The last ten minutes of a kind, one point in ten seconds, packed: what an alert's picture is drawn from.

A point is ten bytes: seconds since 1970 as 32 bits, milliseconds as 16, and a value as a float of 32 bits.
"""

from struct import Struct
from typing import Final

__all__ = ["SPAN_MS", "STEP_MS", "newest_ms", "points_of", "with_point"]

SPAN_MS: Final = 600_000
STEP_MS: Final = 10_000
_DIGITS: Final = 7
"""What a float of 32 bits holds of a value."""
_POINT: Final = Struct("<IHf")


def with_point(packed: bytes, t_ms: int, value: float) -> bytes:
    """Return the history with a point more, without what is older than the span."""
    first = 0
    while first < len(packed) and _t_ms(packed, first) <= t_ms - SPAN_MS:
        first += _POINT.size
    return packed[first:] + _POINT.pack(t_ms // 1000, t_ms % 1000, value)


def newest_ms(packed: bytes) -> int:
    """Return when the last point was measured."""
    seconds, ms, _ = _POINT.unpack_from(packed, len(packed) - _POINT.size)
    return int(1000 * seconds + ms)


def points_of(packed: bytes) -> tuple[tuple[int, float], ...]:
    """Return the points as `(t_ms, value)`, oldest first."""
    return tuple(
        (1000 * seconds + ms, float(f"{value:.{_DIGITS}g}"))
        for seconds, ms, value in _POINT.iter_unpack(packed)
    )


def _t_ms(packed: bytes, at: int) -> int:
    seconds, ms, _ = _POINT.unpack_from(packed, at)
    return int(1000 * seconds + ms)
