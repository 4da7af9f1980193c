"""The plans by which patients are judged, over their stores, and what learns the habits in them."""

from dataclasses import dataclass

from cloud.bootstrap.foundation import Foundation
from cloud.bootstrap.threads import WorkThread
from cloud.care.facts import FactsRemembered
from cloud.care.habits import HabitsLearnt
from cloud.care.plans import Plans
from cloud.early_warning.history import History
from cloud.early_warning.learning import Learner
from cloud.early_warning.local_time import LocalTime

__all__ = ["Care", "care_over"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Care:
    """The plans, and the part that learns."""

    plans: Plans
    learning: WorkThread


def care_over(base: Foundation) -> Care:
    """Join the sources of the plans."""
    series = base.stores.series
    local = LocalTime(zone=base.settings.zone())
    history = History(series=series.series, rollups=series.rollups, local=local)
    habits = HabitsLearnt(learner=Learner(history=history), clock=base.clock)
    return Care(
        plans=Plans(facts=FactsRemembered(book=base.stores.relational.facts), habits=habits),
        learning=WorkThread(name="habits", work=habits, own_troubles=tuple),
    )
