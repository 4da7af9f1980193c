"""The real detectors, given records as if they came now: what they raise is what would have been raised."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from cloud.alerts.judging.evaluate import evaluate, tick
from cloud.alerts.judging.state import Episode, PatientState
from cloud.alerts.rules.plan import CarePlan
from cloud.ports import Alert, AlertState, PatientSlice
from cloud.rehearsal.outcome import RehearsedAlert
from vitals.records import AnyRecord

__all__ = ["Trial"]


@dataclass(slots=True, kw_only=True)
class Trial:
    """One patient before a plan; `raised` is all that was raised, by id, as it is by now.

    Nobody is there to acknowledge: a latched alert waits for ever, and ends here when its cause is gone.
    """

    plan: CarePlan
    state: PatientState
    raised: dict[str, RehearsedAlert] = field(default_factory=dict)

    def judge(self, *records: AnyRecord, at_ms: int) -> None:
        """Give it records that are received at `at_ms`."""
        fresh = PatientSlice(
            message_id="rehearsal",
            patient_id=self.state.patient_id,
            received_ms=at_ms,
            records=records,
        )
        self.state, changed = evaluate(self.state, fresh, at_ms, self.plan)
        self._note(changed, at_ms)

    def let_pass(self, until_ms: int) -> None:
        """Let time go by without a word from anybody."""
        self.state, changed = tick(self.state, until_ms, None, self.plan)
        self._note(changed, until_ms)

    def episode(self, rule: str, source: str) -> Episode | None:
        """Return what is under way."""
        found = (one for one in self.state.episodes if (one.rule, one.source) == (rule, source))
        return next(found, None)

    def worsen(self, alert_id: str, worst: float) -> None:
        """Note the value of an alert that is furthest beyond."""
        self.raised[alert_id] = replace(self.raised[alert_id], worst=worst)

    def _note(self, changed: Iterable[Alert], at_ms: int) -> None:
        for alert in changed:
            if alert.condition in self.plan.rules.rows:
                before = self.raised.get(alert.id)
                self.raised[alert.id] = _rehearsed(alert, before, at_ms)


def _rehearsed(alert: Alert, before: RehearsedAlert | None, at_ms: int) -> RehearsedAlert:
    ended_ms = at_ms if alert.state is AlertState.LATCHED else alert.resolved_ms
    if before is not None:
        return replace(before, ended_ms=ended_ms)
    devices, unit = alert.explanation.get("devices"), alert.explanation.get("unit")
    value = alert.explanation.get("value")
    return RehearsedAlert(
        id=alert.id,
        condition=alert.condition,
        priority=alert.priority,
        devices=tuple(map(str, devices)) if isinstance(devices, list) else (),
        began_ms=alert.began_ms,
        raised_ms=alert.raised_ms,
        ended_ms=ended_ms,
        worst=value if isinstance(value, (int, float)) else None,
        unit=unit if isinstance(unit, str) else None,
    )
