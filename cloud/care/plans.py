"""Care plans put together from their sources: what is watched for, what was said, what is usual."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from cloud.alerts.rules.habits import NO_HABITS, Habits
from cloud.alerts.rules.plan import CarePlan
from cloud.alerts.rules.ruleset import STANDARD, RuleSet
from cloud.ports import Facts

__all__ = ["FactSource", "HabitSource", "NoHabits", "Plans", "RuleSource", "StandardRules"]


class RuleSource(Protocol):
    """The rows in force for each patient."""

    def of(self, patient_ids: Collection[str], now_ms: int) -> Mapping[str, RuleSet]:
        """Return them for each; asked at every evaluation.

        Raises
        ------
        StorageError
            If they cannot be read.
        """
        ...


class FactSource(Protocol):
    """What holds of each patient now."""

    def of(self, patient_ids: Collection[str], now_ms: int) -> Mapping[str, Facts]:
        """Return it for each; asked at every evaluation.

        Raises
        ------
        StorageError
            If it cannot be read.
        """
        ...


class HabitSource(Protocol):
    """What is usual for each patient, as far as it is known: nobody waits for it to be learnt."""

    def of(self, patient_ids: Collection[str], now_ms: int) -> Mapping[str, Habits]:
        """Return it for each; asked at every evaluation."""
        ...


class StandardRules:
    """The rows as they ship, for everybody."""

    def of(self, patient_ids: Collection[str], now_ms: int) -> Mapping[str, RuleSet]:  # noqa: ARG002 - the port's
        """Return the standard rows for each."""
        return dict.fromkeys(patient_ids, STANDARD)


class NoHabits:
    """Nobody's habits are known."""

    def of(self, patient_ids: Collection[str], now_ms: int) -> Mapping[str, Habits]:  # noqa: ARG002 - the port's
        """Return none for each."""
        return dict.fromkeys(patient_ids, NO_HABITS)


_Sources = tuple[RuleSet, Facts, Habits]
_MOST_REMEMBERED: Final = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class Plans:
    """The port CarePlans over a source each for rules, facts and habits; a plan is made once of the same."""

    facts: FactSource
    rules: RuleSource = field(default_factory=StandardRules)
    habits: HabitSource = field(default_factory=NoHabits)
    _made: dict[str, tuple[_Sources, CarePlan]] = field(default_factory=dict)

    def of(self, patient_ids: Collection[str], now_ms: int) -> Mapping[str, CarePlan]:
        """Return the plan of each.

        Raises
        ------
        StorageError
            If a source cannot be read: nobody is judged by less than was asked for.
        """
        rules = self.rules.of(patient_ids, now_ms)
        facts = self.facts.of(patient_ids, now_ms)
        habits = self.habits.of(patient_ids, now_ms)
        if len(self._made) > _MOST_REMEMBERED:
            self._made.clear()
        return {each: self._plan(each, (rules[each], facts[each], habits[each])) for each in patient_ids}

    def _plan(self, patient_id: str, sources: _Sources) -> CarePlan:
        made = self._made.get(patient_id)
        if made is not None and all(was is now for was, now in zip(made[0], sources, strict=True)):
            return made[1]
        rules, facts, habits = sources
        plan = CarePlan(rules=rules, facts=facts, habits=habits)
        self._made[patient_id] = sources, plan
        return plan
