"""From what was changed of patients' rules to the rows in force; remembered, since every evaluation asks."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.rules.changes import applied, faults_in, standing
from cloud.alerts.rules.ruleset import STANDARD, RuleSet
from cloud.ports import RuleBook, RuleChange

__all__ = ["RulesRemembered"]

_MOST_REMEMBERED: Final = 4_096
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """The rows worked out at `from_ms` from these changes."""

    changes: Sequence[RuleChange]
    rules: RuleSet
    from_ms: int

    def are_in_force(self, now_ms: int) -> bool:
        """Tell whether no change has begun or ended since; of a clock that went back nobody knows."""
        until_ms = self.rules.until_ms
        return not self.changes or (self.from_ms <= now_ms and (until_ms is None or now_ms < until_ms))


@dataclass(slots=True, kw_only=True)
class RulesRemembered:
    """The port RuleSource: read again when the book says that anything was changed, by whichever process."""

    book: RuleBook
    _revision: int = -1
    _known: dict[str, _Known] = field(default_factory=dict)

    def of(self, patient_ids: Collection[str], now_ms: int) -> Mapping[str, RuleSet]:
        """Return the rows of each.

        Raises
        ------
        StorageError
            If the book cannot be read.
        """
        revision = self.book.revision()
        if revision != self._revision or len(self._known) > _MOST_REMEMBERED:
            self._known.clear()
            self._revision = revision
        unknown = [each for each in patient_ids if each not in self._known]
        changes = self.book.of(unknown) if unknown else {}
        for each in unknown:
            self._known[each] = _worked_out(changes.get(each, ()), now_ms)
        return {each: self._current(each, now_ms) for each in patient_ids}

    def _current(self, patient_id: str, now_ms: int) -> RuleSet:
        known = self._known[patient_id]
        if not known.are_in_force(now_ms):
            known = self._known[patient_id] = _worked_out(known.changes, now_ms)
        return known.rules


def _worked_out(changes: Sequence[RuleChange], now_ms: int) -> _Known:
    if not changes:
        return _Known(changes=(), rules=STANDARD, from_ms=now_ms)
    for one in standing(changes, now_ms).values():
        if faults_in(RULES, one.rule, one.changes):
            _log.error("care.rule_change_unusable", patient=one.patient_id, rule=one.rule, number=one.number)
    return _Known(changes=changes, rules=applied(RULES, changes, now_ms), from_ms=now_ms)
