"""A patient's alert rules as clinicians change them: checked, rehearsed, written down with a reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.rules.changes import applied, faults_in, standing
from cloud.alerts.rules.refusals import refusals
from cloud.alerts.rules.rows import LimitRule, Rule
from cloud.alerts.rules.ruleset import RuleSet
from cloud.alerts.rules.scoring import BaselineRule, ScoreRule
from cloud.care.rehearsing import Rehearsal, RehearsalReport
from cloud.ports import OvertakenError, RuleBook, RuleChange
from vitals.clock import Clock
from vitals.errors import CarewireError, ValidationError

__all__ = ["AlertRules", "Made", "RuleRefusedError", "Standing", "TooManyAlarmsError"]

_TRIES: Final = 10
"""How often a change is checked anew because another was made meanwhile."""
_log = structlog.get_logger(__name__)


class RuleRefusedError(ValidationError):
    """Rows cannot be judged by with such a change; `faults` says all that is wrong with it."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


class TooManyAlarmsError(CarewireError):
    """The row would have been an alert for most of what is stored: it is set once that is confirmed."""

    def __init__(self, report: RehearsalReport) -> None:
        super().__init__(
            f"{' '.join(report.cautions)} Nothing was changed: choose another limit, or confirm this one"
        )
        self.report = report


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One row as it stands for a patient.

    `row` is as it is in force, where it `is_off` as it ships; `shipped` is None for one of their own.
    `problems` say why the change that is in force could not be made: the row is as it ships then.
    """

    row: Rule
    shipped: Rule | None
    is_off: bool
    change: RuleChange | None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A change that was made, or only tried: then it has no number. Where no limit is set, no report."""

    change: RuleChange
    report: RehearsalReport | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRules:
    """Reads and changes them, whoever asks; what takes effect does so at the next evaluation."""

    book: RuleBook
    rehearsal: Rehearsal
    clock: Clock

    def of(self, patient_id: str) -> Sequence[Standing]:
        """Return every row as it stands now, those of the patient's own last."""
        now_ms, changes = self.clock.wall_ms(), self.changes_of(patient_id)
        rules, in_force = applied(RULES, changes, now_ms), standing(changes, now_ms)
        shipped = [_standing(row, rules, in_force.get(key)) for key, row in RULES.items()]
        own = [_standing_own(row, in_force[key]) for key, row in rules.rows.items() if key not in RULES]
        return (*shipped, *own)

    def changes_of(self, patient_id: str) -> Sequence[RuleChange]:
        """Return every change there ever was, oldest first."""
        return self.book.of([patient_id]).get(patient_id, ())

    def change(self, wanted: RuleChange, *, is_confirmed: bool = False, is_only_tried: bool = False) -> Made:
        """Check a change, rehearse it where it sets a limit, and write it down.

        Raises
        ------
        RuleRefusedError
            If rows could not be judged by with it.
        TooManyAlarmsError
            If it would alarm most of the time and is not confirmed.
        OvertakenError
            If others changed rules every time.
        RehearsalBusyError
            If others rehearse: nothing was changed.
        StorageError
            If the book or the history cannot answer: nothing was changed.
        """
        report: RehearsalReport | None = None
        for _ in range(_TRIES):
            revision, before = self.book.revision(), self.changes_of(wanted.patient_id)
            if faults := refusals(RULES, before, wanted, wanted.made_ms):
                raise RuleRefusedError(faults)
            report = report or self._rehearsed(wanted)
            if is_only_tried:
                return Made(change=wanted, report=report)
            if report is not None and report.is_too_much and not is_confirmed:
                raise TooManyAlarmsError(report)
            try:
                made = self.book.add(wanted, after=revision)
            except OvertakenError:
                continue
            _log.info("care.rule_changed", patient=made.patient_id, rule=made.rule, number=made.number)
            return Made(change=made, report=report)
        raise OvertakenError("rules are changed by others too fast to check this one: try again")

    def _rehearsed(self, wanted: RuleChange) -> RehearsalReport | None:
        """Rehearse the row by itself if it is set when it speaks: to be urgent is not to speak more often."""
        if not wanted.changes.keys() - {"priority"}:
            return None
        row = applied(RULES, [wanted], wanted.from_ms).rows.get(wanted.rule)
        if not isinstance(row, LimitRule | ScoreRule | BaselineRule):
            return None
        return self.rehearsal.of(wanted.patient_id, RuleSet([row]))


def _standing(shipped: Rule, rules: RuleSet, change: RuleChange | None) -> Standing:
    is_off = shipped.key not in rules.rows
    problems = () if change is None else faults_in(RULES, shipped.key, change.changes)
    return Standing(
        row=shipped if is_off else rules[shipped.key],
        shipped=shipped,
        is_off=is_off,
        change=change,
        problems=problems,
    )


def _standing_own(row: Rule, change: RuleChange) -> Standing:
    return Standing(row=row, shipped=None, is_off=False, change=change)
