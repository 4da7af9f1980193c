"""RULES: what is watched for. A new alarm condition is one row of its family's and one row of `wording`."""

from collections.abc import Mapping
from itertools import chain
from types import MappingProxyType
from typing import Final, TypeVar

from cloud.alerts.rules import (
    breathing,
    faults,
    gateway,
    glucose,
    heart,
    movement,
    oxygen,
    pressure,
    said,
    scores,
    temperature,
    usual,
    wearables,
    weight,
)
from cloud.alerts.rules.rows import Rule

__all__ = ["RULES", "rules_of"]

_Row = TypeVar("_Row", bound=Rule)

_FAMILIES: Final = (
    heart.ROWS,
    movement.ROWS,
    oxygen.ROWS,
    breathing.ROWS,
    temperature.ROWS,
    pressure.ROWS,
    glucose.ROWS,
    weight.ROWS,
    scores.ROWS,
    usual.ROWS,
    said.ROWS,
    wearables.ROWS,
    gateway.ROWS,
    faults.ROWS,
)

RULES: Final[Mapping[str, Rule]] = MappingProxyType({row.key: row for row in chain(*_FAMILIES)})


def rules_of(row_type: type[_Row]) -> tuple[_Row, ...]:
    """Return the rows of one type, in order."""
    return tuple(row for row in RULES.values() if isinstance(row, row_type))
