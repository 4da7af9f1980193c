"""Several signs at once: formulas of what is measured and of what is going on."""

from collections.abc import Iterator
from dataclasses import dataclass

from cloud.alerts.errors import RuleError
from cloud.alerts.rules.rows import Direction, LastingRule
from vitals.kinds import OBSERVATION_KINDS

__all__ = [
    "CombinationRule",
    "Formula",
    "Sign",
    "Together",
    "UnderWay",
    "all_of",
    "any_of",
    "leaves_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """The newest value of a kind is at the limit or beyond; it counts for `lasting_s` after it was measured.

    Raises
    ------
    RuleError
        If there is no such kind.
    """

    kind: str
    direction: Direction
    limit: float
    lasting_s: int

    def __post_init__(self) -> None:
        """See that it can be measured at all."""
        if self.kind not in OBSERVATION_KINDS:
            raise RuleError(f"nothing of the kind {self.kind} is measured: take one of vitals.kinds")

    def is_beyond(self, value: float) -> bool:
        """Tell whether a value is at the limit or beyond."""
        return value >= self.limit if self.direction is Direction.ABOVE else value <= self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """An alert of another row is open, and began no longer than `within_s` ago where that is said."""

    condition: str
    within_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """At least so many of the parts hold.

    Raises
    ------
    RuleError
        If more are asked for than there are, or none at all.
    """

    least: int
    parts: tuple["Formula", ...]

    def __post_init__(self) -> None:
        """See that it can hold, and need not."""
        if not 1 <= self.least <= len(self.parts):
            raise RuleError(
                f"{self.least} of {len(self.parts)} signs cannot be asked for: ask for 1 at least"
            )


Formula = Sign | UnderWay | Together


def all_of(*parts: Formula) -> Together:
    """Ask for every part."""
    return Together(least=len(parts), parts=parts)


def any_of(*parts: Formula) -> Together:
    """Ask for one part."""
    return Together(least=1, parts=parts)


def leaves_of(formula: Formula) -> Iterator[Sign | UnderWay]:
    """Return what a formula is of in the end."""
    if isinstance(formula, Together):
        for part in formula.parts:
            yield from leaves_of(part)
    else:
        yield formula


@dataclass(frozen=True, slots=True, kw_only=True)
class CombinationRule(LastingRule):
    """A formula that holds; it is looked at when anything it is of is measured or begins."""

    formula: Formula
