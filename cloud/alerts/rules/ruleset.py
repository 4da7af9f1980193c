"""The rows in force for one patient, found by key, by sort and by what they read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import inf
from types import MappingProxyType
from typing import Final, Self, TypeVar

from cloud.alerts.errors import RuleError
from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.rules.combination import CombinationRule, UnderWay, leaves_of
from cloud.alerts.rules.rows import Direction, EventRule, Rule, ThresholdRule
from cloud.ports import Facts

__all__ = ["STANDARD", "Limits", "RuleSet"]

_Row = TypeVar("_Row", bound=Rule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of one kind. What lies between `above` and `below` is beyond none of them."""

    rules: tuple[ThresholdRule, ...]
    above: float
    below: float

    @classmethod
    def of(cls, rules: tuple[ThresholdRule, ...]) -> Self:
        """Gather them."""
        low = [rule.limit for rule in rules if rule.direction is Direction.BELOW]
        high = [rule.limit for rule in rules if rule.direction is Direction.ABOVE]
        return cls(rules=rules, above=max(low, default=-inf), below=min(high, default=inf))


class RuleSet:
    """Rows in their order, each key once; never changed once made, and shared by whom it fits.

    From `until_ms` on other rows are in force, None: these are until somebody changes them.

    Raises
    ------
    RuleError
        If a combination is of a condition that no row is of, or of another combination.
    """

    def __init__(self, rows: Iterable[Rule], *, until_ms: int | None = None) -> None:
        self.until_ms = until_ms
        self.rows: Mapping[str, Rule] = MappingProxyType({row.key: row for row in rows})
        self._of: dict[type[Rule], tuple[Rule, ...]] = {}
        self._concerning: dict[frozenset[str], RuleSet] = {}
        for row in self.of(CombinationRule):
            self._see_members(row)

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

    def concerning(self, facts: Facts) -> "RuleSet":
        """Return the rows that are for a person of whom this is known: mostly all of them, hence itself."""
        others = frozenset(row.key for row in self.rows.values() if not row.concerns(facts))
        if not others:
            return self
        found = self._concerning.get(others)
        if found is None:
            rows = [row for row in self.rows.values() if row.key not in others]
            found = RuleSet(rows, until_ms=self.until_ms)
            self._concerning[others] = found
        return found

    @cached_property
    def limits(self) -> Mapping[str, Limits]:
        """The limits by the kind they are put to; nothing of a kind that has none."""
        found: dict[str, tuple[ThresholdRule, ...]] = {}
        for row in self.of(ThresholdRule):
            found[row.kind] = (*found.get(row.kind, ()), row)
        return MappingProxyType({kind: Limits.of(rows) for kind, rows in found.items()})

    @cached_property
    def events(self) -> Mapping[str, EventRule]:
        """The rows of what gateways conclude, by its name."""
        return MappingProxyType({row.event: row for row in self.of(EventRule)})

    def _see_members(self, row: CombinationRule) -> None:
        for leaf in leaves_of(row.formula):
            if not isinstance(leaf, UnderWay):
                continue
            member = self.rows.get(leaf.condition) or RULES.get(leaf.condition)
            if member is None:
                raise RuleError(f"{row.key} is of {leaf.condition}, which is no condition: name one of RULES")
            if isinstance(member, CombinationRule):
                raise RuleError(f"{row.key} is of {leaf.condition}, itself a combination: name what it is of")


STANDARD: Final = RuleSet(RULES.values())
"""What is watched for in everybody of whom nothing else was said."""
