"""What evaluation is told of a patient beside what was measured: rules in force, and what is known."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from cloud.alerts.rules.habits import NO_HABITS, Habits
from cloud.alerts.rules.ruleset import STANDARD, RuleSet
from cloud.ports import Facts

__all__ = ["STANDARD_PLAN", "CarePlan", "CarePlans", "StandardPlans"]

_NOBODY_SAID: Final = Facts()


@dataclass(frozen=True, slots=True, kw_only=True)
class CarePlan:
    """One patient's; without `habits` nothing is held against what is usual for them.

    Of the rules it is given it keeps those that concern a person of these facts.
    """

    rules: RuleSet = STANDARD
    facts: Facts = _NOBODY_SAID
    habits: Habits = NO_HABITS

    def __post_init__(self) -> None:
        """Leave out what is not for this person."""
        object.__setattr__(self, "rules", self.rules.concerning(self.facts))


STANDARD_PLAN: Final = CarePlan()


class CarePlans(Protocol):
    """Knows the plan of each patient; asked for at every evaluation, so it remembers what is slow to read."""

    def of(self, patient_ids: Collection[str], now_ms: int) -> Mapping[str, CarePlan]:
        """Return the plan in force of each of these patients.

        Raises
        ------
        StorageError
            If a store cannot answer: nobody is judged by less than was asked for.
        """
        ...


class StandardPlans:
    """The same plan for everybody."""

    def of(self, patient_ids: Collection[str], now_ms: int) -> Mapping[str, CarePlan]:  # noqa: ARG002 - the port's
        """Return the standard plan for each."""
        return dict.fromkeys(patient_ids, STANDARD_PLAN)
