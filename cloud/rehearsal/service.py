"""Rehearsals as they are asked for: a few at once, and none for longer than anybody waits."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from threading import BoundedSemaphore
from typing import Final

from cloud.alerts.rules.plan import CarePlan, CarePlans
from cloud.alerts.rules.ruleset import RuleSet
from cloud.ports import OccurrenceReader, RollupReader, SeriesReader
from cloud.rehearsal.engine import rehearse
from cloud.rehearsal.history import Span, StoredHistory
from cloud.rehearsal.outcome import Outcome
from cloud.rehearsal.proposals import Proposal, with_proposals
from vitals.clock import Clock
from vitals.errors import CarewireError

__all__ = ["RehearsalBusyError", "Rehearsals"]

_AT_ONCE: Final = 2
_LONGEST_S: Final = 10.0
_PATIENCE_S: Final = 2.0


class RehearsalBusyError(CarewireError):
    """As many rehearsals as the service does at once are under way."""


@dataclass(slots=True, kw_only=True)
class Rehearsals:
    """Rehearses over what is stored. Takes its time: it is called by a thread that may wait."""

    series: SeriesReader
    rollups: RollupReader
    occurrences: OccurrenceReader
    plans: CarePlans
    clock: Clock
    longest_s: float = _LONGEST_S
    patience_s: float = _PATIENCE_S
    _free: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(_AT_ONCE))

    def plan_of(self, patient_id: str) -> CarePlan:
        """Return the plan that is in force for a patient.

        Raises
        ------
        StorageError
            It cannot be read.
        """
        return self.plans.of([patient_id], self.clock.wall_ms())[patient_id]

    def with_proposals(self, patient_id: str, span: Span, proposals: Sequence[Proposal]) -> Outcome:
        """Return what the rules in force would have raised, had some been as proposed.

        Raises
        ------
        ProposalRefusedError
            If nobody can be judged by such rules.
        RehearsalBusyError, StorageError
            As `of`.
        """
        return self.of(patient_id, span, with_proposals(self.plan_of(patient_id).rules, proposals))

    def of(self, patient_id: str, span: Span, rules: RuleSet | None = None) -> Outcome:
        """Return what rules (None: those in force) would have raised of a patient in a span.

        What is known of the patient is what is known now. One that takes too long tells how far it came.

        Raises
        ------
        RehearsalBusyError
            Others are under way, and have not ended soon.
        StorageError
            The history or the plan cannot be read.
        """
        if not self._free.acquire(timeout=self.patience_s):
            raise RehearsalBusyError("others rehearse rules at this moment: try again in a few seconds")
        try:
            return self._rehearsed(patient_id, span, rules)
        finally:
            self._free.release()

    def _rehearsed(self, patient_id: str, span: Span, rules: RuleSet | None) -> Outcome:
        plan = self.plan_of(patient_id)
        history = StoredHistory(
            patient_id=patient_id, series=self.series, rollups=self.rollups, occurrences=self.occurrences
        )
        until_s = self.clock.monotonic_s() + self.longest_s
        return rehearse(
            history,
            plan if rules is None else replace(plan, rules=rules),
            span,
            patient_id=patient_id,
            is_time_up=lambda: self.clock.monotonic_s() >= until_s,
        )
