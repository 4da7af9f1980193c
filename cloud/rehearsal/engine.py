"""Rules rehearsed over a patient's history: pure, the same in, the same out.

What is judged is judged by `cloud.alerts.judging`; here it is only decided what need not be: minutes whose
lowest and highest value lie within all limits while nothing is under way. A history is judged in the order
in which things happened, however late they came then, by what is known of the patient now.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from cloud.alerts.judging.state import PatientState
from cloud.alerts.rules.plan import CarePlan
from cloud.alerts.rules.rows import Rule
from cloud.alerts.rules.ruleset import RuleSet
from cloud.ports import Rollups
from cloud.rehearsal.burden import burden_of, warnings_of
from cloud.rehearsal.by_minute import MinuteRehearsal, joined_by_minutes, kinds_of, with_members
from cloud.rehearsal.columns import of_devices
from cloud.rehearsal.happenings import HappeningRehearsal
from cloud.rehearsal.history import History, Span
from cloud.rehearsal.limits import LimitRehearsal
from cloud.rehearsal.outcome import LeftOut, Outcome, RehearsedAlert, WhyLeftOut
from cloud.rehearsal.parts import Parts
from cloud.rehearsal.trial import Trial

__all__ = ["STRETCH_MS", "rehearse"]

STRETCH_MS: Final = 6 * 3_600_000
"""How much is read at once, from whole multiples on: whoever is quiet by night is read by day alone."""


def rehearse(
    history: History,
    plan: CarePlan,
    span: Span,
    *,
    patient_id: str,
    is_time_up: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Return what a plan would have raised in a span; once the time is up, in as much of it as was reached.

    Raises
    ------
    StorageError
        The history cannot be read.
    """
    rehearsal = _Rehearsal.of(history, plan, span, patient_id)
    until_ms = span.from_ms
    for stretch in _stretches(span):
        if is_time_up():
            break
        rehearsal.take(stretch)
        until_ms = stretch.to_ms
    return rehearsal.outcome(until_ms)


@dataclass(slots=True, kw_only=True)
class _Rehearsal:
    """A history under way; `minutes` by kind tell which of it need not be read."""

    history: History
    plan: CarePlan
    parts: Parts
    span: Span
    minutes: Mapping[str, Rollups]
    limits: Sequence[LimitRehearsal]
    by_minute: MinuteRehearsal
    told: HappeningRehearsal
    _only_sums: list[LeftOut] = field(default_factory=list)

    @classmethod
    def of(cls, history: History, plan: CarePlan, span: Span, patient_id: str) -> "_Rehearsal":
        parts = Parts.of(plan)
        by_minute = with_members(parts.by_minute, plan.rules)
        kinds = sorted(kinds_of((*parts.limits, *by_minute)))
        minutes = {kind: history.minutes(kind, span) for kind in kinds}
        return cls(
            history=history,
            plan=plan,
            parts=parts,
            span=span,
            minutes=minutes,
            limits=[
                LimitRehearsal(
                    rule=row, plan=_with(plan, [row]), patient_id=patient_id, minutes=minutes[row.kind]
                )
                for row in parts.limits
            ],
            by_minute=MinuteRehearsal(
                trial=_trial(_with(plan, map(joined_by_minutes, by_minute)), patient_id),
                keys=frozenset(row.key for row in parts.by_minute),
                minutes={kind: minutes[kind] for kind in kinds_of(by_minute)},
            ),
            told=HappeningRehearsal(trial=_trial(_with(plan, parts.told), patient_id)),
        )

    def take(self, stretch: Span) -> None:
        """Judge the next stretch: of each kind that may matter there, its values are read once."""
        wanting: dict[str, list[LimitRehearsal]] = {}
        for each in self.limits:
            if each.wants(stretch):
                wanting.setdefault(each.rule.kind, []).append(each)
        for kind, those in wanting.items():
            by_device = of_devices(self.history.points(kind, stretch))
            self._note_lost(kind, stretch, sum(map(len, by_device.values())))
            for each in those:
                each.take(by_device)
        self.by_minute.take(self.history, stretch)
        self.told.take(self.history, stretch)

    def outcome(self, until_ms: int) -> Outcome:
        """Return what came of it up to there."""
        found: list[RehearsedAlert] = [*self.told.raised(), *self.by_minute.raised()]
        for each in self.limits:
            found += each.raised()
        alerts = sorted(found, key=lambda one: (one.raised_ms, one.id))
        burden = burden_of(alerts, self.plan, self.minutes, until_ms)
        return Outcome(
            span=self.span,
            until_ms=until_ms,
            alerts=alerts,
            burden=burden,
            warnings=warnings_of(burden),
            left_out=[*self._left_out(until_ms)],
        )

    def _note_lost(self, kind: str, stretch: Span, read: int) -> None:
        """Note a stretch of which there are more values in the sums than can be read."""
        minutes = self.minutes[kind]
        within = (minutes.from_ms >= stretch.from_ms) & (minutes.from_ms < stretch.to_ms)
        if read < int(minutes.count[within].sum()):
            self._only_sums.append(LeftOut(why=WhyLeftOut.ONLY_SUMS, what=kind, span=stretch))

    def _left_out(self, until_ms: int) -> Iterator[LeftOut]:
        if until_ms < self.span.to_ms:
            rest = Span(from_ms=until_ms, to_ms=self.span.to_ms)
            yield LeftOut(why=WhyLeftOut.OUT_OF_TIME, what="", span=rest)
        for rows, why in (
            (self.parts.by_minute, WhyLeftOut.BY_THE_MINUTE),
            (self.parts.known_then, WhyLeftOut.KNOWN_THEN),
            (self.parts.not_kept, WhyLeftOut.NOT_KEPT),
        ):
            yield from (LeftOut(why=why, what=row.key) for row in rows)
        gaps = Counter(gap.kind for gap in self.history.gaps(self.span))
        for kind, minutes in self.minutes.items():
            yield from self._unjudged(kind, int(minutes.count.sum()))
            if gaps[kind]:
                yield LeftOut(why=WhyLeftOut.GAPS, what=kind, count=gaps[kind])
        yield from self._only_sums

    def _unjudged(self, kind: str, judged: int) -> Iterator[LeftOut]:
        if not judged:
            yield LeftOut(why=WhyLeftOut.NOT_MEASURED, what=kind)
        unsure = self.history.count(kind, self.span) - judged
        if unsure > 0:
            yield LeftOut(why=WhyLeftOut.UNSURE, what=kind, count=unsure)


def _trial(plan: CarePlan, patient_id: str) -> Trial:
    return Trial(plan=plan, state=PatientState(patient_id=patient_id))


def _with(plan: CarePlan, rows: Iterable[Rule]) -> CarePlan:
    """Return the plan with these rows alone: no row knows of another's episodes."""
    return replace(plan, rules=RuleSet(rows))


def _stretches(span: Span) -> Iterator[Span]:
    from_ms = span.from_ms
    while from_ms < span.to_ms:
        to_ms = min(from_ms - from_ms % STRETCH_MS + STRETCH_MS, span.to_ms)
        yield Span(from_ms=from_ms, to_ms=to_ms)
        from_ms = to_ms
