"""FIELDS: what a person may set of a row for one patient."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from cloud.alerts.rules.measures import measure_of
from cloud.alerts.rules.own import OwnRule
from cloud.alerts.rules.rows import FaultRule, Rule, SaidRule

__all__ = ["FIELDS", "Field", "Sort", "changeable"]


class Sort(StrEnum):
    """What is written into a field."""

    QUANTITY = "quantity"
    """A number in the row's own measure."""
    SECONDS = "seconds"
    PRIORITY = "priority"
    FLAG = "flag"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing about a row; `least` and `most` bound seconds, what `measure_of` says bounds a quantity."""

    name: str
    says: str
    sort: Sort
    least: int = 0
    most: int = 0


_ROWS: Final = (
    Field(name="limit", says="the value at which it begins", sort=Sort.QUANTITY),
    Field(name="deviations", says="how far from what is usual it begins", sort=Sort.QUANTITY),
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
    Field(name="within_s", says="over how long a change is read", sort=Sort.SECONDS, least=60, most=604_800),
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
    """Return what may be set of a row: nothing of trouble in the judging itself, nor of what people say."""
    return tuple(field for field in FIELDS.values() if _may_set(field, row))


def _may_set(field: Field, row: Rule) -> bool:
    is_own = isinstance(row, OwnRule)
    if isinstance(row, FaultRule | SaidRule) or (field.name in _OF_OWN_ROWS_ALONE and not is_own):
        return False
    if field.sort is Sort.FLAG:
        return row.floor is None and not is_own
    has = field.name in {each.name for each in fields(row)}
    return has and (field.sort is not Sort.QUANTITY or measure_of(row) is not None)
