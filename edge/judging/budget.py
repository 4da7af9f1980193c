"""How sure a judgement must be to become an alarm, so that false alarms stay within a personal budget.

Adaptive conformal inference (Gibbs and Candes, NeurIPS 2021, section 2.1; in this form, of a threshold
that tracks a quantile: Angelopoulos, Candes and Tibshirani, NeurIPS 2023): each alarm raises the threshold by
a step, and time without one lowers it by as much as the budget allows. Whatever the heart, the sensor and the
model do, the alarms of any stretch stay within what the budget gives for that long and its `burst`.

It promises a rate and no sensitivity, so it has a floor, the model's own threshold, and a ceiling: what is as
sure as the ceiling is told whatever was told before.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

__all__ = ["EMPTY_PURSE", "AdaptiveThreshold", "AlarmBudget", "Purse"]

_DAY_S: Final = 86_400.0
_LONGEST_STEP_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmBudget:
    """One row: how many alarms below `ceiling` there may be a day that was judged, and at once at most."""

    per_day: float
    burst: int
    ceiling: float
    source: str

    def most_in(self, judged_s: float) -> float:
        """Return how many alarms below the ceiling can be raised within so many judged seconds at most."""
        return self.per_day * judged_s / _DAY_S + self.burst + 1


class AdaptiveThreshold:
    """The threshold of one condition for one wearer; all it remembers is `spent`: alarms not made up for."""

    def __init__(self, *, floor: float, budget: AlarmBudget, spent: float = 0.0) -> None:
        self._floor = floor
        self._budget = budget
        self._most = budget.burst + 1.0
        self.spent = min(max(spent, 0.0), self._most)

    @property
    def value(self) -> float:
        """How sure it must be now: between the floor and the ceiling, and at the ceiling after a burst."""
        ceiling = max(self._floor, self._budget.ceiling)
        return self._floor + min(self.spent / self._budget.burst, 1.0) * (ceiling - self._floor)

    def admits(self, probability: float) -> bool:
        """Tell whether a judgement is to become an alarm."""
        return probability >= self.value

    def elapse(self, judged_s: float) -> None:
        """Take note of time in which an alarm could have been raised; what was not judged earns nothing."""
        earned = self._budget.per_day * min(max(judged_s, 0.0), _LONGEST_STEP_S) / _DAY_S
        self.spent = max(0.0, self.spent - earned)

    def charge(self) -> None:
        """Take note of an alarm."""
        self.spent = min(self._most, self.spent + 1.0)

    def refund(self) -> None:
        """Take note that an alarm was right: the budget is for those nobody confirms."""
        self.spent = max(0.0, self.spent - 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Purse:
    """What one wearer's budgets have `spent` by condition in an earlier life; who is told of each charge."""

    spent: Mapping[str, float] = field(default_factory=dict)
    on_charge: Callable[[str, AdaptiveThreshold], None] = lambda *_: None
    """Called with the event id and the threshold that was charged."""


EMPTY_PURSE: Final = Purse()
