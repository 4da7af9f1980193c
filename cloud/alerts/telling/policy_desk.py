"""Takes people's word on who is told, when and how, for one patient; and says what is wrong with it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from cloud.alerts.telling.policies import STANDARD_POLICIES
from cloud.ports import (
    Channel,
    EscalationPolicy,
    EscalationStep,
    Permissions,
    Person,
    PolicyBook,
    PolicyChange,
    Priority,
    Scope,
    Whom,
)
from vitals.clock import Clock
from vitals.errors import ValidationError

__all__ = ["MOST_STEPS", "PolicyDesk"]

MOST_STEPS: Final = 8
_LONGEST_S: Final = 24 * 3_600
_SHORTEST_REPEAT_S: Final = 60
_LATEST_FIRST_HIGH_S: Final = 60
"""Of what asks for an immediate response somebody hears within a minute, whatever is set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDesk:
    """The escalation policies of patients, in whichever process."""

    book: PolicyBook
    permissions: Permissions
    clock: Clock

    def in_force(self, patient_id: str) -> Mapping[Priority, EscalationPolicy]:
        """Return a patient's policies: their own where there are any, else those that ship."""
        change = self.book.newest([patient_id]).get(patient_id)
        return STANDARD_POLICIES if change is None else {**STANDARD_POLICIES, **change.policies}

    def change(
        self, patient_id: str, policies: Mapping[Priority, EscalationPolicy], reason: str, by: Person
    ) -> None:
        """Set a patient's own policies in place of all that were set before; none: as they ship.

        Raises
        ------
        ValidationError
            With a sentence for each thing that is wrong.
        """
        now_ms = self.clock.wall_ms()
        known = {one.id for one in self.permissions.people_who_may_see(patient_id, Scope.ALERTS, now_ms)}
        faults = [
            f"{priority}: {fault}"
            for priority, policy in policies.items()
            for fault in _faults(priority, policy, known)
        ]
        if faults:
            raise ValidationError("; ".join(faults))
        self.book.add(
            PolicyChange(
                patient_id=patient_id, policies=policies, author_id=by.id, reason=reason, made_ms=now_ms
            )
        )

    def history(self, patient_id: str, limit: int) -> Sequence[PolicyChange]:
        """Return what was changed, newest first."""
        return self.book.of(patient_id, limit)


def _faults(priority: Priority, policy: EscalationPolicy, known: Iterable[str]) -> Iterator[str]:
    if not 1 <= len(policy.steps) <= MOST_STEPS:
        yield f"a policy has 1 to {MOST_STEPS} steps"
        return
    waits_s = [step.after_s for step in policy.steps]
    if any(later <= sooner for sooner, later in pairwise(waits_s)):
        yield "each step comes later than the one before: correct after_s"
    if waits_s[0] < 0 or waits_s[-1] > _LONGEST_S:
        yield "a step comes within a day, and not before the alert"
    for name, seconds in (("repeat_s", policy.repeat_s), ("remind_s", policy.remind_s)):
        if seconds is not None and not _SHORTEST_REPEAT_S <= seconds <= _LONGEST_S:
            yield f"{name} is {_SHORTEST_REPEAT_S} to {_LONGEST_S} seconds, or nothing"
    if priority is Priority.HIGH and waits_s[0] > _LATEST_FIRST_HIGH_S:
        yield f"somebody hears of it within {_LATEST_FIRST_HIGH_S} s: let the first step come sooner"
    if priority is Priority.HIGH and policy.repeat_s is None:
        yield "what nobody takes on is said again: give repeat_s"
    if priority is Priority.HIGH and all(step.channels == (Channel.IN_APP,) for step in policy.steps):
        yield "open pages call nobody who does not look at them: name another channel, or none for all"
    for step in policy.steps:
        yield from _faults_of_step(step, frozenset(known))


def _faults_of_step(step: EscalationStep, known: frozenset[str]) -> Iterator[str]:
    if (step.whom is Whom.NAMED) != bool(step.person_ids):
        yield "a step names people if, and only if, it tells those who are named"
    for each in step.person_ids:
        if each not in known:
            yield f"{each} may not see the patient: grant access first, or leave them out"
