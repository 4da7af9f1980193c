"""The plans by which patients are judged, over their stores; how their rules are tried and changed."""

from dataclasses import dataclass

from cloud.alerts.symptom_told import SymptomTold
from cloud.bootstrap.foundation import Foundation
from cloud.bootstrap.stores import Stores
from cloud.bootstrap.threads import WorkThread
from cloud.care.alert_rules import AlertRules
from cloud.care.facts import FactsRemembered
from cloud.care.habits import HabitsLearnt
from cloud.care.plans import Plans
from cloud.care.rehearsing import OverHistory
from cloud.care.rules import RulesRemembered
from cloud.care.symptoms import SymptomDesk
from cloud.early_warning.history import History
from cloud.early_warning.learning import Learner
from cloud.early_warning.local_time import LocalTime
from cloud.rehearsal.service import Rehearsals
from cloud.storage.relational.opening import Relational
from vitals.clock import Clock

__all__ = ["Care", "alert_rules_over", "care_over", "rehearsals_over", "symptom_desk_over"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Care:
    """The plans, and the part that learns."""

    plans: Plans
    learning: WorkThread


def care_over(base: Foundation) -> Care:
    """Join the sources of the plans."""
    relational, series = base.stores.relational, base.stores.series
    local = LocalTime(zone=base.settings.zone())
    history = History(series=series.series, rollups=series.rollups, local=local)
    habits = HabitsLearnt(learner=Learner(history=history), clock=base.clock)
    return Care(
        plans=Plans(
            facts=FactsRemembered(book=relational.facts),
            rules=RulesRemembered(book=relational.rules),
            habits=habits,
        ),
        learning=WorkThread(name="habits", work=habits, own_troubles=tuple),
    )


def rehearsals_over(stores: Stores, clock: Clock) -> Rehearsals:
    """Join what rehearses rules over a patient's history, by the rules and facts in force for them."""
    relational, series = stores.relational, stores.series
    return Rehearsals(
        series=series.series,
        rollups=series.rollups,
        occurrences=series.occurrences,
        plans=Plans(
            facts=FactsRemembered(book=relational.facts), rules=RulesRemembered(book=relational.rules)
        ),
        clock=clock,
    )


def alert_rules_over(stores: Stores, rehearsals: Rehearsals, clock: Clock) -> AlertRules:
    """Join what shows and changes the rules of patients."""
    return AlertRules(
        book=stores.relational.rules,
        rehearsal=OverHistory(rehearsals=rehearsals, clock=clock),
        clock=clock,
    )


def symptom_desk_over(relational: Relational, clock: Clock) -> SymptomDesk:
    """Return where people say how they feel."""
    return SymptomDesk(
        book=relational.facts,
        clock=clock,
        together=relational.database.together,
        tell=SymptomTold(store=relational.alerts),
    )
