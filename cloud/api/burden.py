"""What alerting asked of people: of one patient, and of all that somebody may see."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Annotated, Final

from fastapi import Query
from pydantic import BaseModel, Field

from cloud.access.guards import AlertsVisit, SignedIn
from cloud.access.looking import SUMMARY, looked
from cloud.access.paces import Effort
from cloud.access.policies import Policy
from cloud.access.visits import open_to
from cloud.api.dependencies import ServicesOf
from cloud.api.routes import policed_router, problems
from cloud.api.times import PeriodQuery, iso, period
from cloud.burden.loads import Burden, NightLoad
from cloud.ports import Family, Priority
from cloud.services import Services

router = policed_router("alert burden", effort=Effort.RECKON)

_DAY_MS: Final = 86_400_000
USUAL_DAYS: Final = 7
MOST_DAYS: Final = 92


class BurdenQuery(PeriodQuery):
    """The period; without one, the last days."""

    days: int = Field(
        default=USUAL_DAYS, ge=1, le=MOST_DAYS, description="How many, where no `from` is given."
    )


class ShareOut(BaseModel, from_attributes=True):
    """So many of so many; the interval holds the true share with 95 % confidence. Null: of nothing."""

    hits: int
    total: int
    share: float | None
    low: float | None
    high: float | None


class WaitsOut(BaseModel, from_attributes=True):
    """How long from an alert to a person's word, of those that got one."""

    count: int
    median_s: float | None
    p90_s: float | None


class ConditionLoadOut(BaseModel, from_attributes=True):
    """One condition at one priority."""

    condition: str
    family: Family
    priority: Priority
    alerts: int
    per_patient_day: float
    acknowledged: int
    right: ShareOut = Field(description="Real, handled or known, of those whose reason was given.")
    escalated: int


class HoldLoadOut(BaseModel, from_attributes=True):
    """What was held back for one reason."""

    reason: str
    holds: int
    alerts: int


class ChannelLoadOut(BaseModel, from_attributes=True):
    """What one channel was given."""

    channel: str
    handed: int
    failed: int
    receipts: int


class NightLoadOut(BaseModel, from_attributes=True):
    """What one person was told between 22 and 7 o'clock, local time."""

    person: str = Field(description="Their name.")
    tellings: int
    alerts: int
    nights: int


class BurdenOut(BaseModel, from_attributes=True):
    """What alerting asked of people in a period."""

    from_: str = Field(alias="from")
    to: str
    patients: int
    patient_days: float
    alerts: int
    omitted: int = Field(description="Older alerts, too many to be counted here.")
    per_patient_day: dict[Priority, float]
    acted_on: ShareOut = Field(description="Acknowledged by a person, of all.")
    right: ShareOut = Field(description="Positive predictive value: real, handled or known, not false.")
    waits: WaitsOut
    delayed: ShareOut = Field(description="From data that arrived late.")
    escalated: ShareOut = Field(description="Told to others because nobody had taken them on.")
    untold: int = Field(description="Neither handed to anybody nor held back for a reason.")
    conditions: list[ConditionLoadOut]
    holds: list[HoldLoadOut]
    channels: list[ChannelLoadOut]
    nights: list[NightLoadOut]


@router.get("/api/v1/patients/{patient_id}/alert-burden", responses=problems(422, 503))
def patient_burden(
    visit: AlertsVisit, services: ServicesOf, asked: Annotated[BurdenQuery, Query()]
) -> BurdenOut:
    """Sum up what alerts of one patient asked of people."""
    return _burden(services, [visit.patient.id], asked)


@router.get("/api/v1/alert-burden", responses=problems(422, 503))
def burden(viewer: SignedIn, services: ServicesOf, asked: Annotated[BurdenQuery, Query()]) -> BurdenOut:
    """Sum up what alerts of all patients whose alerts you may see asked of people."""
    visible = open_to(services, viewer, Policy.PATIENT_ALERTS)
    patient_ids = [each.patient.id for each in visible]
    looked(services, viewer, SUMMARY, patient_ids)
    return _burden(services, patient_ids, asked)


def _burden(services: Services, patients: Sequence[str], asked: BurdenQuery) -> BurdenOut:
    span = period(
        asked,
        now_ms=services.clock.wall_ms(),
        default_ms=asked.days * _DAY_MS,
        longest_ms=MOST_DAYS * _DAY_MS + 1,
    )
    found = services.burdens.of(patients, span.from_ms, span.to_ms)
    return burden_out(found, [_night_out(services, each) for each in found.nights])


def burden_out(found: Burden, nights: Sequence[NightLoadOut]) -> BurdenOut:
    """Return a report as the API shows it."""
    facts = {each.name: getattr(found, each.name) for each in fields(found)}
    return BurdenOut.model_validate(
        facts | {"from": iso(found.from_ms), "to": iso(found.to_ms), "nights": nights}
    )


def _night_out(services: Services, load: NightLoad) -> NightLoadOut:
    person = services.directory.person(load.person_id)
    return NightLoadOut(
        person=person.display_name if person else load.person_id,
        tellings=load.tellings,
        alerts=load.alerts,
        nights=load.nights,
    )
