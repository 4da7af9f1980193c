"""Values that a person sets of a row: what is wrong with each, in sentences; and as a row holds them."""

import math
from collections.abc import Iterator, Mapping
from typing import Final

from cloud.alerts.rules.fields import Field, Sort, changeable
from cloud.alerts.rules.measures import measure_of
from cloud.alerts.rules.rows import Direction, Rule
from cloud.ports import Family, Priority

__all__ = ["LONGEST_WORD", "faults_of_values", "read"]

LONGEST_WORD: Final = 40
"""So much is told back of what a person wrote."""
_LOUDNESS: Final = {Priority.LOW: 0, Priority.MEDIUM: 1, Priority.HIGH: 2}
_LATER_IF_MORE: Final = frozenset({"limit", "deviations", "hold_s"})


def faults_of_values(row: Rule, values: Mapping[str, object]) -> tuple[str, ...]:
    """Return what is wrong with each value by itself, and with setting it at all."""
    may_set = {field.name: field for field in changeable(row)}
    found: list[str] = []
    for name, value in values.items():
        if name in may_set:
            found += _faults_of_value(row, may_set[name], value)
        else:
            found.append(_not_settable(row, name, may_set))
    return tuple(found)


def read(row: Rule, field: Field, value: object) -> object:
    """Return a value without fault as a row holds it."""
    match field.sort:
        case Sort.QUANTITY:
            measure = measure_of(row)
            return _number(value) if measure is None or not measure.is_whole else int(_number(value) or 0)
        case Sort.SECONDS:
            return int(_number(value) or 0)
        case Sort.PRIORITY:
            return Priority(str(value))
        case Sort.FLAG:
            return value


def _number(value: object) -> float | None:
    """Return a number, None for anything else: truth is none, nor is what no row can hold."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _not_settable(row: Rule, name: str, may_set: Mapping[str, Field]) -> str:
    if not may_set:
        return f"{row.key} tells of trouble in the judging itself and stays as it is"
    if name == "is_off" and row.floor is not None:
        return f"{row.key} may not be switched off: what it tells of cannot wait"
    if name == "is_off":
        return f"{row.key} was made for this patient: take it back instead of switching it off"
    return f"{row.key} has no {name[:LONGEST_WORD]!r} to set: choose from {', '.join(may_set)}"


def _faults_of_value(row: Rule, field: Field, value: object) -> Iterator[str]:
    wrong = _wrong(row, field, value)
    if wrong is not None:
        yield f"{field.name}: {wrong}"
    elif row.floor is not None:
        yield from _below_floor(row, row.floor, field, read(row, field, value))


def _wrong(row: Rule, field: Field, value: object) -> str | None:
    match field.sort:
        case Sort.QUANTITY:
            return _wrong_quantity(row, _number(value))
        case Sort.SECONDS:
            return _wrong_seconds(field, _number(value))
        case Sort.PRIORITY:
            is_known = isinstance(value, str) and value in set(Priority)
            return None if is_known else f"choose one of {', '.join(Priority)}"
        case Sort.FLAG:
            return None if isinstance(value, bool) else "say true or false"


def _wrong_seconds(field: Field, value: float | None) -> str | None:
    if value is not None and value.is_integer() and field.least <= value <= field.most:
        return None
    return f"give whole seconds from {field.least} to {field.most}"


def _wrong_quantity(row: Rule, value: float | None) -> str | None:
    measure = measure_of(row)
    if measure is None or value is None:
        unit = "" if measure is None else f" in {measure.unit}"
        return f"give a number{unit}, without the unit"
    if measure.can_be(value):
        return None
    return (
        f"{value:g} is outside what {measure.what} can be, {'whole ' if measure.is_whole else ''}"
        f"{measure.least:g} to {measure.most:g} {measure.unit}: give it in that unit"
    )


def _below_floor(row: Rule, floor: Priority, field: Field, value: object) -> Iterator[str]:
    if isinstance(value, Priority):
        if _LOUDNESS[value] < _LOUDNESS[floor]:
            yield f"{row.key} may not be less urgent than {floor}: what it tells of cannot wait"
    elif row.family is Family.PHYSIOLOGICAL and _is_later(row, field, value):
        shipped = getattr(row, field.name)
        yield f"{field.name}: {row.key} may speak sooner than it does by itself ({shipped:g}), and not later"


def _is_later(row: Rule, field: Field, value: object) -> bool:
    shipped = getattr(row, field.name)
    if field.name == "limit" and getattr(row, "direction", None) is Direction.BELOW:
        return bool(value < shipped)
    return field.name in _LATER_IF_MORE and bool(value > shipped)
