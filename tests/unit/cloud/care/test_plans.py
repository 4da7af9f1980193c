"""A plan is what its sources say, and nothing less."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pytest

from cloud.alerts.rules.habits import NO_HABITS, Habits
from cloud.alerts.rules.plan import STANDARD_PLAN, CarePlan
from cloud.alerts.rules.ruleset import STANDARD, RuleSet
from cloud.care.facts import FactsRemembered
from cloud.care.plans import Plans
from cloud.ports import Facts
from tests.contracts.fact_book import said
from tests.fakes.fact_book import FakeFactBook
from vitals.errors import StorageError

NO_RULES = RuleSet(())
HABITS = Habits(by_hour={"heart_rate": [None] * 24})


@dataclass(frozen=True)
class FakeRules:
    def of(self, patient_ids: Collection[str], now_ms: int) -> Mapping[str, RuleSet]:  # noqa: ARG002 - the port's
        return {each: NO_RULES if each == "ana" else STANDARD for each in patient_ids}


@dataclass(frozen=True)
class FakeHabits:
    def of(self, patient_ids: Collection[str], now_ms: int) -> Mapping[str, Habits]:  # noqa: ARG002 - the port's
        return {each: HABITS if each == "ana" else NO_HABITS for each in patient_ids}


def test_who_has_nothing_of_their_own_is_judged_by_the_standard() -> None:
    assert Plans(facts=FactsRemembered(book=FakeFactBook())).of(["wei"], 0) == {"wei": STANDARD_PLAN}


def test_a_plan_holds_the_rules_the_facts_and_the_habits_of_each() -> None:
    book = FakeFactBook()
    book.note(said("is_pregnant", True, patient_id="ana"))
    plans = Plans(facts=FactsRemembered(book=book), rules=FakeRules(), habits=FakeHabits())
    assert plans.of(["wei", "ana"], 50) == {
        "wei": STANDARD_PLAN,
        "ana": CarePlan(rules=NO_RULES, facts=Facts(is_pregnant=True), habits=HABITS),
    }


def test_a_plan_is_made_once_while_nothing_of_it_changes() -> None:
    plans = Plans(facts=FactsRemembered(book=FakeFactBook()))
    first = plans.of(["wei"], 50)["wei"]
    assert plans.of(["wei", "ana"], 51)["wei"] is first


def test_what_is_said_holds_from_the_next_evaluation_on() -> None:
    book = FakeFactBook()
    plans = Plans(facts=FactsRemembered(book=book))
    assert not plans.of(["wei"], 50)["wei"].facts.is_pregnant
    book.note(said("is_pregnant", True))
    assert plans.of(["wei"], 51)["wei"].facts.is_pregnant


def test_nobody_is_judged_by_less_than_was_said() -> None:
    with pytest.raises(StorageError):
        Plans(facts=FactsRemembered(book=FakeFactBook(is_away=True))).of(["wei"], 0)
