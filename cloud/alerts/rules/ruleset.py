"""The rows in force for one patient, found by key, by sort and by what they read."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Final, TypeVar

from cloud.alerts.errors import RuleError
from cloud.alerts.rules.by_kind import Combined, Limits, Trends, combined_by_kind, gathered
from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.rules.combination import CombinationRule, UnderWay, leaves_of
from cloud.alerts.rules.rows import CourseRule, EventRule, Rule, ThresholdRule, everybody
from cloud.ports import Facts

__all__ = ["STANDARD", "RuleSet"]

_Row = TypeVar("_Row", bound=Rule)


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
        self._for_some = tuple(row for row in self.rows.values() if row.concerns is not everybody)
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
        others = frozenset(row.key for row in self._for_some if not row.concerns(facts))
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
        of_kinds = gathered(self.of(ThresholdRule)).items()
        return MappingProxyType({kind: Limits.of(rows) for kind, rows in of_kinds})

    @cached_property
    def trends(self) -> Mapping[str, Trends]:
        """What is read from the course of each kind; nothing of a kind of which nothing is."""
        of_kinds = gathered(self.of(CourseRule)).items()
        return MappingProxyType({kind: Trends.of(rows) for kind, rows in of_kinds})

    @cached_property
    def signs(self) -> Mapping[str, Combined]:
        """The combinations by each kind they are of."""
        return combined_by_kind(self.of(CombinationRule), self.rows)

    @cached_property
    def kinds(self) -> frozenset[str]:
        """The kinds that any row reads: values of others are nobody's concern."""
        return frozenset((*self.limits, *self.trends, *self.signs))

    @cached_property
    def combined(self) -> Mapping[str, tuple[CombinationRule, ...]]:
        """The combinations by each condition whose alerts they are of."""
        found: dict[str, tuple[CombinationRule, ...]] = {}
        for row in self.of(CombinationRule):
            for key in {leaf.condition for leaf in leaves_of(row.formula) if isinstance(leaf, UnderWay)}:
                found[key] = (*found.get(key, ()), row)
        return MappingProxyType(found)

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
