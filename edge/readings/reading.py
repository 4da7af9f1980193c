"""What one measurement says in our units: values, what it could not give, how its device is."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import IntFlag, StrEnum
from typing import Final

from vitals.gatt.sfloat import Quantity, SpecialValue
from vitals.records import GapReason

__all__ = [
    "DOUBTFUL",
    "UNSURE",
    "Beyond",
    "Entry",
    "Missing",
    "Reading",
    "Value",
    "Withheld",
    "beyond",
    "entry",
    "named",
    "worst",
]

UNSURE: Final = 0.7
"""Less sure than usual, and still to be judged."""
DOUBTFUL: Final = 0.4
"""Kept, and below the half from which a value is judged."""

_DECIMALS: Final = 6
"""Of a number in another unit: finer than any kind resolves; what is beyond comes of the arithmetic."""


class Withheld(StrEnum):
    """Why a wearable said something of a kind and there is no value of it."""

    NO_NUMBER = "no-number"
    INVALID = "invalid"
    SENSOR_OFF = "sensor-off"
    NOT_THE_WEARERS = "not-the-wearers"
    """A demonstration, a test, a drop of control solution."""
    INTERMEDIATE = "intermediate"
    """On its way to the measurement, which comes by itself."""


class Beyond(StrEnum):
    """On which side a quantity lies of all that a device can measure."""

    BELOW = "below"
    ABOVE = "above"


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value in its kind's unit, true `before_ms` before the measurement; `quality` `None`: not said."""

    kind: str
    value: float
    quality: float | None = None
    before_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """There should have been a value of this kind."""

    kind: str
    reason: Withheld

    @property
    def gap(self) -> GapReason | None:
        """What the gap is called; `None`: nothing of the wearer's is missing."""
        return _GAP_OF[self.reason]


Entry = Value | Missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One measurement. What is `None` was not said.

    `dated_ms` is the device's own date and time in ms, read as UTC; `session_min` the minutes since its
    session began; `number` that of a stored record; `conditions` what ails the device itself; `beyond` that
    what was measured is out of its range, whether there is a number or not.
    """

    entries: tuple[Entry, ...]
    dated_ms: int | None = None
    clock_is_set: bool = True
    session_min: int | None = None
    number: int | None = None
    on_body: bool | None = None
    conditions: frozenset[str] | None = None
    beyond: Beyond | None = None


def entry(
    kind: str, told: Quantity | None, *, factor: float = 1.0, quality: float | None = None
) -> tuple[Entry, ...]:
    """Return the entry of a number as told, times `factor`; none for what was not told.

    NaN, NRes, the infinities and the reserved number are no numbers: what should have been one is missing.
    """
    if told is None:
        return ()
    if not isinstance(told, float | int):
        return (Missing(kind=kind, reason=Withheld.NO_NUMBER),)
    value = told if factor == 1.0 else round(told * factor, _DECIMALS)
    return (Value(kind=kind, value=value, quality=quality),)


def beyond(
    told: Quantity | None, flags: IntFlag | None, rows: Iterable[tuple[IntFlag, Beyond]]
) -> Beyond | None:
    """Return on which side a quantity is out of range, by an infinity or by a flag that is up."""
    if isinstance(told, SpecialValue) and told in _BEYOND_OF:
        return _BEYOND_OF[told]
    return next((side for flag, side in rows if flags is not None and flags & flag), None)


def worst(flags: IntFlag | None, rows: Iterable[tuple[IntFlag, float]]) -> float | None:
    """Return the least quality among the rows whose flags are up; `None` where none is."""
    return min((quality for flag, quality in rows if flags is not None and flags & flag), default=None)


def named(flags: IntFlag | None, rows: Collection[tuple[IntFlag, str]]) -> frozenset[str] | None:
    """Return the conditions that are up; `None` where the device says nothing of them."""
    return None if flags is None else frozenset(name for flag, name in rows if flags & flag)


_BEYOND_OF: Final = {
    SpecialValue.NEGATIVE_INFINITY: Beyond.BELOW,
    SpecialValue.POSITIVE_INFINITY: Beyond.ABOVE,
}
_GAP_OF: Final = {
    Withheld.NO_NUMBER: GapReason.NOT_MEASURED,
    Withheld.INVALID: GapReason.NOT_MEASURED,
    Withheld.SENSOR_OFF: GapReason.SENSOR_OFF,
    Withheld.NOT_THE_WEARERS: None,
    Withheld.INTERMEDIATE: None,
}
