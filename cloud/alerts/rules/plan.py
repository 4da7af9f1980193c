"""What evaluation is told of a patient beside what was measured: rules in force, and what is known."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from cloud.alerts.rules.ruleset import STANDARD, RuleSet
from cloud.ports import Facts
from vitals.features.baseline import PersonalBaseline

__all__ = ["STANDARD_PLAN", "CarePlan", "CarePlans", "StandardPlans"]

_NOBODY_SAID: Final = Facts()


@dataclass(frozen=True, slots=True, kw_only=True)
class CarePlan:
    """One patient's: `usual` is what is usual for them by quantity; without it nothing is held against it."""

    rules: RuleSet = STANDARD
    facts: Facts = _NOBODY_SAID
    usual: Mapping[str, PersonalBaseline] = field(default_factory=dict)


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
