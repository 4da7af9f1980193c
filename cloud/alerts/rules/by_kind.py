"""Rows gathered by the kind they read, with what tells at once that a value concerns none of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import inf
from types import MappingProxyType
from typing import Self, TypeVar

from cloud.alerts.rules.combination import CombinationRule, Sign, UnderWay, leaves_of
from cloud.alerts.rules.rows import CourseRule, Direction, LimitRule, Rule, ThresholdRule

__all__ = ["Combined", "Limits", "Signs", "Trends", "combined_by_kind", "gathered"]

_Row = TypeVar("_Row", bound=LimitRule)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Trends:
    """What is read from the course of one kind; it is kept for `span_ms`, and a longer gap ends it."""

    rules: tuple[CourseRule, ...]
    span_ms: int
    gap_ms: int

    @classmethod
    def of(cls, rules: tuple[CourseRule, ...]) -> Self:
        """Gather them."""
        return cls(
            rules=rules,
            span_ms=1000 * max(rule.within_s for rule in rules),
            gap_ms=1000 * max(rule.longest_gap_s for rule in rules),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Combined:
    """The combinations of one kind. A value between `above` and `below` makes none hold that has not held."""

    parts: tuple["Signs", ...]
    above: float
    below: float

    @classmethod
    def of(cls, parts: tuple["Signs", ...]) -> Self:
        """Gather them; what hangs on alerts may hold at any value."""
        signs = [sign for part in parts for sign in part.signs]
        low = [sign.limit for sign in signs if sign.direction is Direction.BELOW]
        high = [sign.limit for sign in signs if sign.direction is Direction.ABOVE]
        if any(part.is_of_alerts for part in parts):
            low = [inf]
        return cls(parts=parts, above=max(low, default=-inf), below=min(high, default=inf))


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """A combination as one kind sees it: its signs of that kind; `is_of_alerts`, too, is seen elsewhere."""

    rule: CombinationRule
    signs: tuple[Sign, ...]
    is_of_alerts: bool

    def may_begin(self, value: float) -> bool:
        """Tell whether a value may make hold what has not held: one that is beyond no sign makes nothing."""
        return self.is_of_alerts or any(sign.is_beyond(value) for sign in self.signs)


def gathered(rows: Iterable[_Row]) -> Mapping[str, tuple[_Row, ...]]:
    """Return rows by their kind."""
    found: dict[str, tuple[_Row, ...]] = {}
    for row in rows:
        found[row.kind] = (*found.get(row.kind, ()), row)
    return found


def combined_by_kind(
    combinations: Iterable[CombinationRule], rows: Mapping[str, Rule]
) -> Mapping[str, Combined]:
    """Return combinations by each kind that they are of, be it through another row's alerts."""
    found: dict[str, tuple[Signs, ...]] = {}
    for rule in combinations:
        leaves = tuple(leaves_of(rule.formula))
        signs = [leaf for leaf in leaves if isinstance(leaf, Sign)]
        others = [rows.get(leaf.condition) for leaf in leaves if isinstance(leaf, UnderWay)]
        through = {row.kind for row in others if isinstance(row, LimitRule)}
        for kind in sorted({sign.kind for sign in signs} | through):
            seen = Signs(
                rule=rule,
                signs=tuple(sign for sign in signs if sign.kind == kind),
                is_of_alerts=kind in through,
            )
            found[kind] = (*found.get(kind, ()), seen)
    return MappingProxyType({kind: Combined.of(parts) for kind, parts in found.items()})
