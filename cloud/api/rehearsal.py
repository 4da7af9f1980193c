"""Alert rules rehearsed: the alerts they would have raised of a patient's stored history."""

from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import Query
from pydantic import BaseModel, Field

from cloud.access.guards import RehearsalVisit
from cloud.access.paces import Effort
from cloud.api.dependencies import ServicesOf
from cloud.api.problems import ProblemError
from cloud.api.routes import policed_router, problems
from cloud.api.times import PeriodQuery, iso, iso_or_none, period
from cloud.ports import Priority
from cloud.rehearsal.history import Span
from cloud.rehearsal.outcome import (
    Caution,
    ConditionBurden,
    LeftOut,
    Outcome,
    RehearsedAlert,
    Warned,
    WhyLeftOut,
)
from cloud.rehearsal.proposals import Proposal, ProposalRefusedError
from cloud.rehearsal.service import RehearsalBusyError

router = policed_router("alert rules", effort=Effort.RECKON)

_DAY_MS: Final = 86_400_000
USUAL_DAYS: Final = 14
MOST_DAYS: Final = 30
MOST_ALERTS: Final = 500
_REFUSED: Final = "such rules cannot be judged by: see `errors`"


class RehearsalQuery(PeriodQuery):
    """The period; without one, the last days."""

    days: int = Field(
        default=USUAL_DAYS, ge=1, le=MOST_DAYS, description="How many, where no `from` is given."
    )
    limit: int = Field(default=100, ge=1, le=MOST_ALERTS, description="How many alerts to list, the newest.")


class ProposalIn(BaseModel):
    """A rule as it might be set: what is not named is as it ships."""

    rule: str = Field(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)
    changes: dict[str, Any] = Field(description="By name, as a patient's alert rules list them.")


class RehearsalIn(BaseModel):
    """What to rehearse beside the rules in force; nothing: those alone."""

    changes: list[ProposalIn] = Field(default=[], max_length=50)


class RehearsedAlertOut(BaseModel):
    """An alert that would have been raised."""

    condition: str
    priority: Priority
    devices: list[str]
    began: str = Field(description="When its cause began, ISO 8601 UTC.")
    raised: str = Field(description="When that had lasted for long enough.")
    ended: str | None = Field(description="When the cause was gone; null: not within the period.")
    worst: float | None = Field(description="The value furthest beyond the limit.")
    unit: str | None


class ConditionBurdenOut(BaseModel):
    """What one condition amounts to."""

    condition: str
    priority: Priority
    alerts: int
    alarm_s: float = Field(description="For how long an alert would have been open.")
    measured_s: float | None = Field(description="For how long its kind was measured; null: it is told.")
    share: float | None = Field(description="Of what was measured, the share that would have been in alarm.")


class WarnedOut(BaseModel):
    """What somebody should know before such rules are saved."""

    caution: Caution
    condition: str
    because: str


class LeftOutOut(BaseModel):
    """What was not rehearsed. `what` is a kind or a condition."""

    why: WhyLeftOut
    what: str
    count: int = Field(description="How many values or gaps, where these are counted.")
    from_: str | None = Field(alias="from")
    to: str | None


class RehearsalOut(BaseModel):
    """The alerts there would have been, newest first, had all been judged in the order of effective times."""

    from_: str = Field(alias="from")
    to: str
    until: str = Field(description="Up to where it was rehearsed.")
    days: float
    alerts: list[RehearsedAlertOut]
    omitted: int = Field(description="Older alerts that are not listed; they count all the same.")
    alerts_per_day: dict[Priority, float]
    burden: list[ConditionBurdenOut]
    warnings: list[WarnedOut]
    left_out: list[LeftOutOut]


@router.post("/api/v1/patients/{patient_id}/alert-rules/replay", responses=problems(400, 413, 422, 503))
def rehearse(
    visit: RehearsalVisit,
    services: ServicesOf,
    asked: Annotated[RehearsalQuery, Query()],
    body: RehearsalIn | None = None,
) -> RehearsalOut:
    """Rehearse a patient's rules, in force or with changes, over what is stored. Nothing is changed by it."""
    span = period(
        asked,
        now_ms=services.clock.wall_ms(),
        default_ms=asked.days * _DAY_MS,
        longest_ms=MOST_DAYS * _DAY_MS + 1,
    )
    proposals = [Proposal(rule=one.rule, changes=one.changes) for one in body.changes] if body else []
    try:
        found = services.rehearsals.with_proposals(
            visit.patient.id, Span(from_ms=span.from_ms, to_ms=span.to_ms), proposals
        )
    except ProposalRefusedError as error:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, _REFUSED, errors=error.faults) from error
    except RehearsalBusyError as error:
        raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, str(error)) from error
    return rehearsal_out(found, asked.limit)


def rehearsal_out(found: Outcome, most: int) -> RehearsalOut:
    """Return an outcome as the API shows it, with so many of its alerts."""
    newest = [*reversed(found.alerts[max(0, len(found.alerts) - most) :])]
    return RehearsalOut.model_validate(
        {
            "from": iso(found.span.from_ms),
            "to": iso(found.span.to_ms),
            "until": iso(found.until_ms),
            "days": round(found.days, 3),
            "alerts": [_alert_out(each) for each in newest],
            "omitted": len(found.alerts) - len(newest),
            "alerts_per_day": found.alerts_per_day(),
            "burden": [_burden_out(each) for each in found.burden],
            "warnings": [_warned_out(each) for each in found.warnings],
            "left_out": [_left_out(each) for each in found.left_out],
        }
    )


def _alert_out(alert: RehearsedAlert) -> RehearsedAlertOut:
    return RehearsedAlertOut(
        condition=alert.condition,
        priority=alert.priority,
        devices=list(alert.devices),
        began=iso(alert.began_ms),
        raised=iso(alert.raised_ms),
        ended=iso_or_none(alert.ended_ms),
        worst=alert.worst,
        unit=alert.unit,
    )


def _burden_out(burden: ConditionBurden) -> ConditionBurdenOut:
    return ConditionBurdenOut(
        condition=burden.condition,
        priority=burden.priority,
        alerts=burden.alerts,
        alarm_s=burden.alarm_ms / 1000,
        measured_s=None if burden.measured_ms is None else burden.measured_ms / 1000,
        share=burden.share,
    )


def _warned_out(warned: Warned) -> WarnedOut:
    return WarnedOut(caution=warned.caution, condition=warned.condition, because=warned.because)


def _left_out(left: LeftOut) -> LeftOutOut:
    return LeftOutOut.model_validate(
        {
            "why": left.why,
            "what": left.what,
            "count": left.count,
            "from": iso(left.span.from_ms) if left.span else None,
            "to": iso(left.span.to_ms) if left.span else None,
        }
    )
