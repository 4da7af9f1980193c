"""Alerts as their rows would raise them, for people who judge the words and not the patient."""

from typing import Final

from cloud.alerts.erasure_told import ERASURE_ASKED
from cloud.alerts.rules.rows import GapRule, Rule
from cloud.alerts.wording.explanation import Finding, explain
from cloud.ports import Alert, AlertState, Asker
from vitals.kinds import OBSERVATION_KINDS
from vitals.records import GapReason

__all__ = ["SPECIMEN_MS", "specimen"]

SPECIMEN_MS: Final = 1_700_000_000_000
"""When each was raised."""
_QUALITY: Final = 0.92


def specimen(rule: Rule) -> Alert:
    """Return an alert of a value just at the row's limit."""
    kind: str | None = getattr(rule, "kind", None)
    measured = OBSERVATION_KINDS.get(kind or "")
    limit = _limit_of(rule)
    hold_s = getattr(rule, "hold_s", getattr(rule, "after_s", 0))
    finding = Finding(
        devices=("c0-00-00-00-00-01",),
        value=limit,
        limit=limit,
        unit=measured.ucum if measured else getattr(rule, "unit", None),
        quality=_QUALITY,
        kind=kind,
        direction=getattr(rule, "direction", None),
        hold_s=hold_s,
        reason=_reason_of(rule),
    )
    return Alert(
        id=f"specimen-{rule.key}",
        patient_id="specimen",
        condition=rule.key,
        family=rule.family,
        priority=rule.priority,
        state=AlertState.ACTIVE,
        began_ms=SPECIMEN_MS - 1_000 * max(hold_s, 1),
        raised_ms=SPECIMEN_MS,
        noticed_ms=SPECIMEN_MS,
        explanation=explain(rule, finding),
    )


def _reason_of(rule: Rule) -> str:
    if isinstance(rule, GapRule):
        return GapReason.GATEWAY_DOWN
    return Asker.PATIENT if rule.key == ERASURE_ASKED else rule.key


def _limit_of(rule: Rule) -> float | None:
    if isinstance(rule, GapRule):
        return rule.least_s / 60
    limit: float | None = getattr(rule, "limit", None)
    return limit
