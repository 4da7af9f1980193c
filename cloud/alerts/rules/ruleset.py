"""The rows in force for one patient, found by key, by sort and by what they read."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Final, TypeVar

from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.rules.rows import EventRule, Rule, ThresholdRule

__all__ = ["STANDARD", "RuleSet"]

_Row = TypeVar("_Row", bound=Rule)


class RuleSet:
    """Rows in their order, each key once; never changed once made, and shared by whom it fits.

    From `until_ms` on other rows are in force, None: these are until somebody changes them.
    """

    def __init__(self, rows: Iterable[Rule], *, until_ms: int | None = None) -> None:
        self.until_ms = until_ms
        self.rows: Mapping[str, Rule] = MappingProxyType({row.key: row for row in rows})
        self._of: dict[type[Rule], tuple[Rule, ...]] = {}

    def __getitem__(self, key: str) -> Rule:
        """Return the row of a key; what is no longer watched for is found in `RULES`, to be ended."""
        return self.rows.get(key) or RULES[key]

    def of(self, row_type: type[_Row]) -> tuple[_Row, ...]:
        """Return the rows of one sort, in order."""
        found = self._of.get(row_type)
        if found is None:
            found = tuple(row for row in self.rows.values() if isinstance(row, row_type))
            self._of[row_type] = found
        return found  # type: ignore[return-value]  # what is kept under a sort is of that sort

    @cached_property
    def thresholds(self) -> Mapping[str, tuple[ThresholdRule, ...]]:
        """The limits by the kind they are put to."""
        found: dict[str, tuple[ThresholdRule, ...]] = {}
        for row in self.of(ThresholdRule):
            found[row.kind] = (*found.get(row.kind, ()), row)
        return MappingProxyType(found)

    @cached_property
    def events(self) -> Mapping[str, EventRule]:
        """The rows of what gateways conclude, by its name."""
        return MappingProxyType({row.event: row for row in self.of(EventRule)})


STANDARD: Final = RuleSet(RULES.values())
"""What is watched for in everybody of whom nothing else was said."""
