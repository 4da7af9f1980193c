"""A feature a person is shown, as a row of a table: what every explanation is made of."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from vitals.records import Feature

__all__ = ["EvidenceRow", "features_of"]

_Seen = TypeVar("_Seen")
_Seen_contra = TypeVar("_Seen_contra", contravariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRow(Generic[_Seen_contra]):
    """One row: a feature's name, its UCUM unit, and what is usual with its source, if known."""

    name: str
    value: Callable[[_Seen_contra], float | None]
    unit: str
    usual: tuple[float | None, float | None] = (None, None)
    source: str = ""


def features_of(rows: Iterable[EvidenceRow[_Seen]], seen: _Seen) -> list[Feature]:
    """Return the features of what was seen; those that could not be measured are left out."""
    return [
        Feature(name=row.name, value=value, unit=row.unit, usual_low=row.usual[0], usual_high=row.usual[1])
        for row in rows
        if (value := row.value(seen)) is not None
    ]
