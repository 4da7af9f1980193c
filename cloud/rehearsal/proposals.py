"""Rules as they would be with changes that nobody has made yet."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.rules.changes import applied, faults_in
from cloud.alerts.rules.ruleset import RuleSet
from cloud.alerts.rules.validity import faults
from cloud.ports import RuleChange
from vitals.errors import CarewireError

__all__ = ["Proposal", "ProposalRefusedError", "with_proposals"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A row and the values that it is to have, by name; what is not named is as it ships."""

    rule: str
    changes: Mapping[str, object]


class ProposalRefusedError(CarewireError):
    """Rules that nobody can be judged by; `faults` are sentences for who proposed them."""

    def __init__(self, found: Sequence[str]) -> None:
        super().__init__("such rules cannot be judged by: " + "; ".join(found))
        self.faults = tuple(found)


def with_proposals(rules: RuleSet, proposals: Iterable[Proposal]) -> RuleSet:
    """Return rules in which what is proposed stands in for the rows in force of the same keys.

    Raises
    ------
    ProposalRefusedError
        If a row or a value is none, or the rows do not go together.
    """
    asked = {one.rule: one.changes for one in proposals}
    if wrong := [fault for rule, changes in asked.items() for fault in faults_in(RULES, rule, changes)]:
        raise ProposalRefusedError(wrong)
    tried = applied(RULES, [_change(rule, changes) for rule, changes in asked.items()], 0)
    kept = [row for key, row in rules.rows.items() if key not in asked]
    found = RuleSet([*kept, *(tried.rows[key] for key in asked if key in tried.rows)])
    if wrong := list(faults(found)):
        raise ProposalRefusedError(wrong)
    return found


def _change(rule: str, changes: Mapping[str, object]) -> RuleChange:
    return RuleChange(
        patient_id="",
        rule=rule,
        changes=changes,
        from_ms=0,
        until_ms=None,
        author_id="",
        reason="",
        made_ms=0,
    )
