"""Who is told of a patient's alerts, after how long, by what, and again: as it ships, or as it was set."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Query
from pydantic import BaseModel, Field

from cloud.access.guards import AlertsSettingVisit, AlertsVisit, VisitedPatient
from cloud.alerts.telling.policy_desk import MOST_STEPS
from cloud.api.dependencies import ServicesOf
from cloud.api.problems import ProblemError
from cloud.api.routes import policed_router, problems
from cloud.api.times import iso
from cloud.ports import (
    Channel,
    EscalationPolicy,
    EscalationStep,
    PolicyChange,
    Priority,
    Role,
    Whom,
)
from cloud.services import Services
from vitals.errors import ValidationError

router = policed_router("escalation")

MOST_CHANGES: Final = 100
_MAY_CHANGE: Final = frozenset({Role.CLINICIAN, Role.ADMINISTRATOR})
_DAY_S: Final = 86_400


class StepModel(BaseModel):
    """From `after_s` without acknowledgement on, these people by these channels."""

    after_s: int = Field(ge=0, le=_DAY_S)
    whom: Whom
    person_ids: list[str] = Field(default=[], max_length=50, description="Of `named` alone.")
    channels: list[Channel] = Field(default=[], max_length=len(Channel), description="Empty: all they have.")


class PolicyModel(BaseModel):
    """The steps in rising order of time; the last is said again every `repeat_s`.

    Who took it on is asked again every `remind_s` while it goes on.
    """

    steps: list[StepModel] = Field(min_length=1, max_length=MOST_STEPS)
    repeat_s: int | None = Field(default=None, ge=0, le=_DAY_S)
    remind_s: int | None = Field(default=None, ge=0, le=_DAY_S)


class PolicyChangeOut(BaseModel):
    """What somebody set, when and why; what it does not name is as it ships."""

    policies: dict[Priority, PolicyModel]
    author_id: str
    reason: str
    made: str


class EscalationOut(BaseModel):
    """What is in force, and what was set, newest first."""

    policies: dict[Priority, PolicyModel]
    changes: list[PolicyChangeOut]
    omitted: bool


class EscalationIn(BaseModel):
    """A patient's own policies, in place of all that were set before; none: as they ship."""

    policies: dict[Priority, PolicyModel]
    reason: str = Field(min_length=1, max_length=500)


@router.get("/api/v1/patients/{patient_id}/escalation", responses=problems(422, 503))
def escalation(
    visit: AlertsVisit, services: ServicesOf, limit: Annotated[int, Query(ge=1, le=MOST_CHANGES)] = 20
) -> EscalationOut:
    """Tell who is told of a patient's alerts, and who set that."""
    return _escalation_out(services.policies.in_force(visit.patient.id), visit, services, limit)


@router.post("/api/v1/patients/{patient_id}/escalation", responses=problems(400, 403, 413, 503))
def change(visit: AlertsSettingVisit, services: ServicesOf, body: EscalationIn) -> EscalationOut:
    """Set who is told; for clinicians and administrators who may see the patient."""
    person = visit.viewer.person
    if person.role not in _MAY_CHANGE:
        raise ProblemError(
            HTTPStatus.FORBIDDEN, "clinicians and administrators set whom alerts go to: ask one of them"
        )
    policies = {priority: _policy(one) for priority, one in body.policies.items()}
    try:
        services.policies.change(visit.patient.id, policies, body.reason, person)
    except ValidationError as error:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), errors=("policies",)) from error
    return _escalation_out(services.policies.in_force(visit.patient.id), visit, services, 20)


def _escalation_out(
    in_force: Mapping[Priority, EscalationPolicy], visit: VisitedPatient, services: Services, limit: int
) -> EscalationOut:
    changes = services.policies.history(visit.patient.id, limit + 1)
    return EscalationOut(
        policies=_policies_out(in_force),
        changes=[_change_out(one) for one in changes[:limit]],
        omitted=len(changes) > limit,
    )


def _policy(one: PolicyModel) -> EscalationPolicy:
    return EscalationPolicy(
        steps=tuple(
            EscalationStep(
                after_s=step.after_s,
                whom=step.whom,
                person_ids=tuple(step.person_ids),
                channels=tuple(step.channels),
            )
            for step in one.steps
        ),
        repeat_s=one.repeat_s,
        remind_s=one.remind_s,
    )


def _policies_out(policies: Mapping[Priority, EscalationPolicy]) -> dict[Priority, PolicyModel]:
    return {priority: _policy_out(one) for priority, one in policies.items()}


def _policy_out(one: EscalationPolicy) -> PolicyModel:
    return PolicyModel(
        steps=[
            StepModel(
                after_s=step.after_s,
                whom=step.whom,
                person_ids=list(step.person_ids),
                channels=list(step.channels),
            )
            for step in one.steps
        ],
        repeat_s=one.repeat_s,
        remind_s=one.remind_s,
    )


def _change_out(one: PolicyChange) -> PolicyChangeOut:
    return PolicyChangeOut(
        policies=_policies_out(one.policies),
        author_id=one.author_id,
        reason=one.reason,
        made=iso(one.made_ms),
    )
