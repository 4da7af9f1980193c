"""Alert rules of one patient: as they stand, who changed them and why, and how they are changed."""

from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import Path, Query
from pydantic import BaseModel, Field

from cloud.access.guards import AlertsVisit, TreatmentVisit, VisitedPatient
from cloud.alerts.rules.fields import Field as RuleField
from cloud.alerts.rules.fields import Sort, changeable
from cloud.alerts.rules.measures import measure_of
from cloud.alerts.rules.rows import Rule
from cloud.api.dependencies import ServicesOf
from cloud.api.problems import ProblemError
from cloud.api.routes import policed_router, problems
from cloud.api.times import MOMENT, iso, iso_or_none, moment
from cloud.care.alert_rules import Made, RuleRefusedError, Standing, TooManyAlarmsError
from cloud.care.rehearsing import RehearsalReport
from cloud.ports import Directory, Family, OvertakenError, Priority, RuleChange
from cloud.rehearsal.service import RehearsalBusyError
from cloud.services import Services

router = policed_router("alert rules")

MOST_CHANGES: Final = 500
_REFUSED: Final = "such a rule cannot be judged by: see `errors`"

_Value = float | str | bool | None

RuleKey = Annotated[
    str,
    Path(
        pattern="^[a-z0-9]+(-[a-z0-9]+)*$",
        max_length=64,
        description="Such as tachycardia; own-above-... or own-below-... for a limit of the patient's own.",
    ),
]


class FieldOut(BaseModel):
    """One thing about a rule that can be set."""

    name: str
    says: str
    unit: str | None = Field(description="As people read it; null: it has none.")
    value: _Value = Field(description="In force now.")
    default: _Value = Field(description="As it ships; null for a rule of the patient's own.")
    least: float | None
    most: float | None


class RuleChangeOut(BaseModel):
    """A change as it was made. `changes` without anything takes back all that was set before."""

    number: int = Field(description="Rises with each; 0: it was only tried.")
    rule: str
    changes: dict[str, Any]
    from_: str = Field(alias="from")
    until: str | None
    by: str = Field(description="Display name of who made it.")
    reason: str
    made: str


class RuleOut(BaseModel):
    """One rule as it stands for the patient now."""

    key: str
    display: str
    family: Family
    kind: str | None
    direction: str | None
    source: str = Field(description="Where its numbers come from, as it ships.")
    floor: Priority | None = Field(
        description="It cannot be switched off, nor be less urgent than this; null: it can."
    )
    is_off: bool
    fields: list[FieldOut]
    changed: RuleChangeOut | None = Field(description="The change that is in force; null: it is as it ships.")
    problems: list[str] = Field(description="Why that change cannot be made: the rule is as it ships then.")


class RulesOut(BaseModel):
    """Every rule, and the changes there ever were, newest first; `omitted`: there are older ones."""

    rules: list[RuleOut]
    history: list[RuleChangeOut]
    omitted: bool


class RuleChangeIn(BaseModel):
    """What is to be set. What is not named is as it ships, whatever was set before."""

    changes: dict[str, Any] = Field(min_length=1, description="By name, as `fields` lists them.")
    reason: str = Field(description="Why, for whoever reads of it later.")
    from_: str | None = Field(
        default=None, alias="from", max_length=40, description=f"From when; null: from now on. {MOMENT}"
    )
    until: str | None = Field(
        default=None, max_length=40, description=f"Until when; null: until it is changed. {MOMENT}"
    )
    confirm: bool = Field(default=False, description="Set it though it would alarm for most of the time.")


class TryQuery(BaseModel):
    """Whether it is only tried."""

    rehearse: bool = Field(default=False, description="Only say what would come of it: nothing is changed.")


class RehearsalReportOut(BaseModel):
    """How the rule would have behaved over the last days."""

    days: float
    alerts: int
    share: float | None = Field(description="Of what was measured, the share that would have been in alarm.")


class RuleChangedOut(BaseModel):
    """The change, how the rule would have behaved, and what to know of that."""

    change: RuleChangeOut
    rehearsal: RehearsalReportOut | None = Field(description="Null: no limit is set by it.")
    warnings: list[str]


@router.get("/api/v1/patients/{patient_id}/alert-rules", responses=problems(422, 503))
def alert_rules(
    visit: AlertsVisit, services: ServicesOf, limit: Annotated[int, Query(ge=1, le=MOST_CHANGES)] = 100
) -> RulesOut:
    """List a patient's rules as they stand, and what was changed of them."""
    changes = services.alert_rules.changes_of(visit.patient.id)
    newest = [*reversed(changes)][:limit]
    return RulesOut(
        rules=[_rule_out(each, services.directory) for each in services.alert_rules.of(visit.patient.id)],
        history=[change_out(each, services.directory) for each in newest],
        omitted=len(changes) > limit,
    )


@router.put("/api/v1/patients/{patient_id}/alert-rules/{rule}", responses=problems(400, 409, 413, 422, 503))
def change_rule(
    visit: TreatmentVisit,
    services: ServicesOf,
    rule: RuleKey,
    body: RuleChangeIn,
    asked: Annotated[TryQuery, Query()],
) -> RuleChangedOut:
    """Set what a rule is for this patient, or add one of their own, from the next evaluation on."""
    wanted = _wanted(visit, services, rule, body)
    return _made(services, wanted, is_confirmed=body.confirm, is_only_tried=asked.rehearse)


@router.delete("/api/v1/patients/{patient_id}/alert-rules/{rule}", responses=problems(409, 422, 503))
def reset_rule(
    visit: TreatmentVisit,
    services: ServicesOf,
    rule: RuleKey,
    reason: Annotated[str, Query(max_length=1_000, description="Why, for whoever reads of it later.")],
) -> RuleChangedOut:
    """Take back all that was set of a rule: it is as it ships, and one of the patient's own is gone."""
    body = RuleChangeIn.model_construct(changes={}, reason=reason, from_=None, until=None, confirm=False)
    return _made(services, _wanted(visit, services, rule, body), is_confirmed=False, is_only_tried=False)


def change_out(change: RuleChange, directory: Directory) -> RuleChangeOut:
    """Return a change as the API shows it."""
    author = directory.person(change.author_id)
    return RuleChangeOut.model_validate(
        {
            "number": change.number,
            "rule": change.rule,
            "changes": dict(change.changes),
            "from": iso(change.from_ms),
            "until": iso_or_none(change.until_ms),
            "by": author.display_name if author else change.author_id,
            "reason": change.reason,
            "made": iso(change.made_ms),
        }
    )


def _wanted(visit: VisitedPatient, services: Services, rule: str, body: RuleChangeIn) -> RuleChange:
    now_ms = services.clock.wall_ms()
    return RuleChange(
        patient_id=visit.patient.id,
        rule=rule,
        changes=body.changes,
        from_ms=now_ms if body.from_ is None else moment(body.from_, "from"),
        until_ms=None if body.until is None else moment(body.until, "until"),
        author_id=visit.viewer.person.id,
        reason=body.reason.strip(),
        made_ms=now_ms,
    )


def _made(
    services: Services, wanted: RuleChange, *, is_confirmed: bool, is_only_tried: bool
) -> RuleChangedOut:
    try:
        made = services.alert_rules.change(wanted, is_confirmed=is_confirmed, is_only_tried=is_only_tried)
    except RuleRefusedError as error:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, _REFUSED, errors=error.faults) from error
    except TooManyAlarmsError as error:
        raise ProblemError(HTTPStatus.CONFLICT, str(error), errors=("confirm",)) from error
    except RehearsalBusyError as error:
        raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, str(error)) from error
    except OvertakenError as error:
        raise ProblemError(HTTPStatus.CONFLICT, str(error)) from error
    return _changed_out(made, services.directory)


def _changed_out(made: Made, directory: Directory) -> RuleChangedOut:
    return RuleChangedOut(
        change=change_out(made.change, directory),
        rehearsal=None if made.report is None else _report_out(made.report),
        warnings=[] if made.report is None else list(made.report.cautions),
    )


def _report_out(report: RehearsalReport) -> RehearsalReportOut:
    return RehearsalReportOut(days=report.days, alerts=report.alerts, share=report.share)


def _rule_out(standing: Standing, directory: Directory) -> RuleOut:
    row = standing.row
    return RuleOut(
        key=row.key,
        display=row.display,
        family=row.family,
        kind=getattr(row, "kind", None),
        direction=getattr(row, "direction", None),
        source=row.source,
        floor=row.floor,
        is_off=standing.is_off,
        fields=[_field_out(field, standing) for field in changeable(row)],
        changed=None if standing.change is None else change_out(standing.change, directory),
        problems=list(standing.problems),
    )


def _field_out(field: RuleField, standing: Standing) -> FieldOut:
    shipped = standing.shipped
    value: _Value = standing.is_off
    default: _Value = False
    if field.sort is not Sort.FLAG:
        value = getattr(standing.row, field.name)
        default = None if shipped is None else getattr(shipped, field.name)
    unit, least, most = _bounds(field, standing.row)
    return FieldOut(
        name=field.name, says=field.says, unit=unit, value=value, default=default, least=least, most=most
    )


def _bounds(field: RuleField, row: Rule) -> tuple[str | None, float | None, float | None]:
    if field.sort is Sort.SECONDS:
        return "s", field.least, field.most
    measure = measure_of(row) if field.sort is Sort.QUANTITY else None
    return (measure.unit, measure.least, measure.most) if measure else (None, None, None)
