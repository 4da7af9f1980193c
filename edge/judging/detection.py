"""From judgements of overlapping windows to an episode: K of N with hysteresis, then the personal budget."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from edge.counters import Counters
from edge.judging.abstention import Abstention
from edge.judging.budget import EMPTY_PURSE, AdaptiveThreshold, Purse
from edge.judging.condition import Condition
from edge.judging.hold import Hold, Said, Vote
from vitals.records import Phase

__all__ = ["ALARM_STAGES", "Detector", "HeldBack", "Judgement", "Transition"]

ALARM_STAGES: Final = ("k-of-n", "budget")
"""What a judgement passes on its way to an alarm, in this order."""


class HeldBack(StrEnum):
    """Why what spoke for an episode became none."""

    TOO_BRIEF = "too-brief"
    OVER_BUDGET = "over-budget"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What was made of one window: probabilities by label, or the reason there are none."""

    from_ms: int
    to_ms: int
    outcome: Mapping[str, float] | Abstention


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """An episode began or ended at `t_ms`, on the strength of the last window."""

    condition: Condition
    phase: Phase
    event_id: str
    t_ms: int
    probability: float
    threshold: float


@dataclass(slots=True, kw_only=True)
class _Course:
    """What one condition has been doing lately."""

    condition: Condition
    floor: float
    budget: AdaptiveThreshold | None
    counters: Counters
    hold: Hold = field(init=False)
    event_id: str = ""
    judged_to_ms: int | None = None
    held_back: HeldBack | None = None
    """Why what rises now has begun no episode so far; `None` while nothing rises."""

    def __post_init__(self) -> None:
        self.hold = Hold(onset=self.condition.onset, end=self.condition.end)

    def step(self, judgement: Judgement, new_id: Callable[[], str]) -> Transition | None:
        said = self._said(judgement)
        if said.probability is not None:
            self._elapse(judgement)
        agreeing, threshold = self.hold.step(said), self.budget.value if self.budget else self.floor
        is_to_turn = agreeing and self._is_admitted(agreeing)
        turn = self._turn(agreeing, said, threshold, new_id) if is_to_turn else None
        self._count_what_sank()
        return turn

    def _said(self, judgement: Judgement) -> Said:
        outcome = judgement.outcome
        probability = None if isinstance(outcome, Abstention) else outcome[self.condition.label]
        return Said(
            from_ms=judgement.from_ms,
            to_ms=judgement.to_ms,
            vote=self._vote(probability),
            probability=probability,
        )

    def _vote(self, probability: float | None) -> Vote:
        if probability is None:
            return Vote.NEITHER
        if probability >= self.floor:
            return Vote.FOR
        return Vote.AGAINST if probability < self.floor * self.condition.release_share else Vote.NEITHER

    def _elapse(self, judgement: Judgement) -> None:
        before_ms, self.judged_to_ms = self.judged_to_ms, judgement.to_ms
        if self.budget and before_ms is not None:
            self.budget.elapse((judgement.to_ms - before_ms) / 1000)

    def _is_admitted(self, agreeing: list[Said]) -> bool:
        """Hold the windows' mean probability against the wearer's own threshold; an end is always told."""
        if self.hold.is_open or self.budget is None:
            return True
        given = [said.probability for said in agreeing if said.probability is not None]
        if self.budget.admits(sum(given) / len(given)):
            self.budget.charge()
            return True
        self.held_back = HeldBack.OVER_BUDGET
        return False

    def _turn(
        self, agreeing: list[Said], last: Said, threshold: float, new_id: Callable[[], str]
    ) -> Transition:
        phase = Phase.END if self.hold.is_open else Phase.ONSET
        self.event_id = new_id() if phase is Phase.ONSET else self.event_id
        self.hold.turn()
        self.held_back = None
        return Transition(
            condition=self.condition,
            phase=phase,
            event_id=self.event_id,
            t_ms=agreeing[0].middle_ms,
            probability=last.probability or 0.0,
            threshold=threshold,
        )

    def _count_what_sank(self) -> None:
        """Count once, by its reason, what rose and sank again without an episode."""
        if self.hold.is_rising:
            self.held_back = self.held_back or HeldBack.TOO_BRIEF
        elif self.held_back is not None:
            self.counters[f"{self.condition.name}.{self.held_back}"] += 1
            self.held_back = None


class Detector:
    """Follows every condition of a model through one device's windows."""

    def __init__(
        self,
        *,
        conditions: tuple[Condition, ...],
        thresholds: Mapping[str, float],
        new_id: Callable[[], str],
        counters: Counters,
        purse: Purse = EMPTY_PURSE,
    ) -> None:
        """Begin with what the purse holds."""
        self._new_id = new_id
        self._on_charge = purse.on_charge
        self._courses = [
            _course(row, thresholds.get(row.label, row.threshold), counters, purse.spent.get(row.name, 0.0))
            for row in conditions
        ]

    def use(self, thresholds: Mapping[str, float]) -> None:
        """Judge by other thresholds from the next window on; what was spent of a budget stays spent."""
        for course in self._courses:
            row = course.condition
            course.floor = thresholds.get(row.label, row.threshold)
            spent = course.budget.spent if course.budget else 0.0
            course.budget = _budget(row, course.floor, spent)

    def step(self, judgement: Judgement) -> list[Transition]:
        """Take the next window; return what began or ended with it."""
        turns = [(course, course.step(judgement, self._new_id)) for course in self._courses]
        for course, turn in turns:
            if turn is not None and turn.phase is Phase.ONSET and course.budget is not None:
                self._on_charge(turn.event_id, course.budget)
        return [turn for _, turn in turns if turn is not None]

    def spent(self) -> dict[str, float]:
        """Return by condition what its budget has spent and not made up for."""
        return {course.condition.name: course.budget.spent for course in self._courses if course.budget}


def _course(row: Condition, floor: float, counters: Counters, spent: float) -> _Course:
    return _Course(condition=row, floor=floor, budget=_budget(row, floor, spent), counters=counters)


def _budget(row: Condition, floor: float, spent: float) -> AdaptiveThreshold | None:
    return AdaptiveThreshold(floor=floor, budget=row.budget, spent=spent) if row.budget else None
