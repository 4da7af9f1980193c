"""FIELDS: what a person may set of a row for one patient, with its bounds. Pure; faults are sentences."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from cloud.alerts.rules.own import OwnRule
from cloud.alerts.rules.rows import Direction, FaultRule, RateRule, Rule
from cloud.ports import Family, Priority
from vitals.kinds import OBSERVATION_KINDS, ObservationKind

__all__ = ["FIELDS", "Field", "Sort", "changeable", "faults_of_values", "kind_of", "read"]

_LOUDNESS: Final = {Priority.LOW: 0, Priority.MEDIUM: 1, Priority.HIGH: 2}


class Sort(StrEnum):
    """What is written into a field."""

    QUANTITY = "quantity"
    """A number in the unit of the row's kind."""
    SECONDS = "seconds"
    PRIORITY = "priority"
    FLAG = "flag"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing about a row; `least` and `most` bound seconds, a quantity is bounded by its kind."""

    name: str
    says: str
    sort: Sort
    least: int = 0
    most: int = 0


_ROWS: Final = (
    Field(name="limit", says="the value at which it begins", sort=Sort.QUANTITY),
    Field(name="clear_at", says="the value at which it is over", sort=Sort.QUANTITY),
    Field(name="hold_s", says="how long it must last to be told", sort=Sort.SECONDS, most=86_400),
    Field(name="clear_s", says="how long it must be over to end", sort=Sort.SECONDS, most=86_400),
    Field(
        name="longest_gap_s",
        says="how far apart readings may be and still tell of the time between them",
        sort=Sort.SECONDS,
        least=5,
        most=86_400,
    ),
    Field(name="within_s", says="over how long a change is read", sort=Sort.SECONDS, least=60, most=86_400),
    Field(name="ahead_s", says="how far ahead is looked", sort=Sort.SECONDS, least=60, most=3_600),
    Field(name="least_s", says="how much must be missing", sort=Sort.SECONDS, least=60, most=86_400),
    Field(name="after_s", says="how long nothing may be heard", sort=Sort.SECONDS, least=60, most=3_600),
    Field(
        name="offline_after_s",
        says="how long nothing may be heard of what is known to be gone",
        sort=Sort.SECONDS,
        least=10,
        most=3_600,
    ),
    Field(name="priority", says="how urgent it is", sort=Sort.PRIORITY),
    Field(name="is_off", says="whether it is not watched for at all", sort=Sort.FLAG),
)
FIELDS: Final[Mapping[str, Field]] = MappingProxyType({row.name: row for row in _ROWS})
_OF_OWN_ROWS_ALONE: Final = frozenset({"longest_gap_s"})


def changeable(row: Rule) -> tuple[Field, ...]:
    """Return what may be set of a row: nothing of those that tell of trouble in the judging itself."""
    return tuple(field for field in FIELDS.values() if _may_set(field, row))


def kind_of(row: Rule) -> ObservationKind | None:
    """Return the kind whose unit the row's quantities are in."""
    kind = getattr(row, "kind", None)
    return OBSERVATION_KINDS[kind] if isinstance(kind, str) else None


def read(field: Field, value: object) -> object:
    """Return a value without fault as a row holds it."""
    match field.sort:
        case Sort.QUANTITY:
            return float(str(value))
        case Sort.SECONDS:
            return int(float(str(value)))
        case Sort.PRIORITY:
            return Priority(str(value))
        case Sort.FLAG:
            return value


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


def _may_set(field: Field, row: Rule) -> bool:
    is_own = isinstance(row, OwnRule)
    if isinstance(row, FaultRule) or (field.name in _OF_OWN_ROWS_ALONE and not is_own):
        return False
    if field.sort is Sort.FLAG:
        return row.floor is None and not is_own
    has = field.name in {each.name for each in fields(row)}
    return has and (field.sort is not Sort.QUANTITY or kind_of(row) is not None)


def _not_settable(row: Rule, name: str, may_set: Mapping[str, Field]) -> str:
    if not may_set:
        return f"{row.key} tells of trouble in the judging itself and stays as it is"
    if name == "is_off" and row.floor is not None:
        return f"{row.key} may not be switched off: what it tells of cannot wait"
    if name == "is_off":
        return f"{row.key} was made for this patient: take it back instead of switching it off"
    return f"{row.key} has no {name!r} to set: choose from {', '.join(may_set)}"


def _faults_of_value(row: Rule, field: Field, value: object) -> Iterator[str]:
    wrong = _wrong(row, field, value)
    if wrong is not None:
        yield wrong
    elif row.floor is not None:
        yield from _below_floor(row, row.floor, field, read(field, value))


def _wrong(row: Rule, field: Field, value: object) -> str | None:
    match field.sort:
        case Sort.QUANTITY:
            return _wrong_quantity(row, field, value)
        case Sort.SECONDS:
            is_whole = _is_number(value) and float(str(value)).is_integer()
            if is_whole and field.least <= float(str(value)) <= field.most:
                return None
            return f"{field.name}: give whole seconds from {field.least} to {field.most}"
        case Sort.PRIORITY:
            is_known = isinstance(value, str) and value in set(Priority)
            return None if is_known else f"{field.name}: choose one of {', '.join(Priority)}"
        case Sort.FLAG:
            return None if isinstance(value, bool) else f"{field.name}: say true or false"


def _wrong_quantity(row: Rule, field: Field, value: object) -> str | None:
    kind = kind_of(row)
    if kind is None or not _is_number(value):
        unit = "" if kind is None else f" in {kind.unit_display or kind.ucum}"
        return f"{field.name}: give a number{unit}, without the unit"
    if isinstance(row, RateRule) or kind.is_plausible(float(str(value))):
        return None
    low, high = kind.plausible
    return (
        f"{field.name}: {value:g} is outside what {kind.display.lower()} can be, "
        f"{low:g} to {high:g} {kind.unit_display}: give it in that unit"
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _below_floor(row: Rule, floor: Priority, field: Field, value: object) -> Iterator[str]:
    if isinstance(value, Priority):
        if _LOUDNESS[value] < _LOUDNESS[floor]:
            yield f"{row.key} may not be less urgent than {floor}: what it tells of cannot wait"
    elif row.family is Family.PHYSIOLOGICAL and _is_later(row, field, value):
        shipped = getattr(row, field.name)
        yield f"{field.name}: {row.key} may speak sooner than it does by itself ({shipped:g}), and not later"


def _is_later(row: Rule, field: Field, value: object) -> bool:
    shipped = getattr(row, field.name)
    if field.name == "limit":
        is_above = getattr(row, "direction", None) is Direction.ABOVE
        return bool(value > shipped if is_above else value < shipped)
    return field.name == "hold_s" and bool(value > shipped)
