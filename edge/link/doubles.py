"""Drops what a Bluetooth stack hands over twice: the same numbered value, right after itself.

A stream's frame and a stored record carry a number of their own, so that the same octets twice are the
same thing twice. A heart rate carries none: two alike may be two heartbeats' worth of news, and stay.
"""

from typing import Final

from vitals.gatt import uuids

__all__ = ["NUMBERED", "Doubles"]

NUMBERED: Final = frozenset(
    {
        uuids.SIGNAL_DATA,
        uuids.GLUCOSE_MEASUREMENT,
        uuids.GLUCOSE_MEASUREMENT_CONTEXT,
        uuids.CGM_MEASUREMENT,
    }
)
"""Characteristics whose values say which of many they are."""

_WITHIN_S: Final = 1.0
"""Long before a stream's number has gone all the way round."""


class Doubles:
    """The last numbered value of each characteristic of one link."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[bytes, float]] = {}

    def is_double(self, uuid: str, value: bytes, now_s: float) -> bool:
        """Tell whether the value was handed over just before; `now_s` is a time that never jumps."""
        if uuid not in NUMBERED:
            return False
        before = self._last.get(uuid)
        self._last[uuid] = (value, now_s)
        return before is not None and before[0] == value and now_s - before[1] <= _WITHIN_S
