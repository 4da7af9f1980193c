"""What alerts asked of people, over all who are open to a clinician, and what to do about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Query
from starlette.responses import Response

from cloud.access.guards import Clinician
from cloud.access.looking import SUMMARY, looked
from cloud.access.paces import Effort
from cloud.access.policies import Policy
from cloud.access.visits import open_to
from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.wording.texts import title_of_rule
from cloud.api.dependencies import ServicesOf
from cloud.api.routes import policed_router
from cloud.burden.loads import Burden, ConditionLoad, PatientLoad
from cloud.ports import Family, Patient
from cloud.web.rendering import render
from cloud.web.words import N_, OfAlerts, Phrase, Sentence

router = policed_router("burden-pages", documented=False, effort=Effort.RECKON)

PERIODS: Final = (7, 14, 30, 90)
MOST_PATIENTS: Final = 25
_DAY_MS: Final = 86_400_000
_FEW_A_DAY: Final = 1.0
"""Alerts a patient and day above which one condition is worth a look at its limit."""
_FEWEST_ANSWERS: Final = 5
_OFTEN_WRONG: Final = 0.5
_SLOW_S: Final = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionRow:
    """One condition, what it is called, and what to do about it, if anything."""

    load: ConditionLoad
    title: Phrase
    priority: Phrase
    todo: Phrase | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientRow:
    """One patient, and the condition that asks most."""

    load: PatientLoad
    patient: Patient
    most: Phrase


@router.get("/burden")
def burden_page(
    viewer: Clinician, services: ServicesOf, days: Annotated[int, Query(ge=1, le=92)] = PERIODS[0]
) -> Response:
    """Sum up what alerts of all patients whose alerts are open asked of people."""
    visible = {each.patient.id: each.patient for each in open_to(services, viewer, Policy.PATIENT_ALERTS)}
    looked(services, viewer, SUMMARY, visible)
    now_ms = services.clock.wall_ms()
    found = services.burdens.of(visible, now_ms - days * _DAY_MS, now_ms + 1)
    people = [
        PatientRow(load=load, patient=visible[load.patient_id], most=_title(load.most))
        for load in found.by_patient
    ]
    return render(
        "burden.html",
        viewer=viewer,
        found=found,
        days=days,
        periods=PERIODS,
        patients=len(visible),
        conditions=[_condition(each) for each in found.conditions],
        people=people[:MOST_PATIENTS],
        others=len(people[MOST_PATIENTS:]),
        todo=[*_todo(found)],
    )


def _condition(load: ConditionLoad) -> ConditionRow:
    return ConditionRow(
        load=load,
        title=_title(load.condition),
        priority=OfAlerts(told=lambda reader: reader.words.priorities[load.family][load.priority]),
        todo=_todo_of(load),
    )


def _title(condition: str) -> Phrase:
    """Return what a condition is called; a limit of somebody's own, by its name."""
    row = RULES.get(condition)
    if row is None:
        return Sentence(message=N_("a limit of their own ({name})"), fields={"name": condition})
    return OfAlerts(told=lambda reader: title_of_rule(row, reader))


def _todo_of(load: ConditionLoad) -> Phrase | None:
    """Say what to do about a condition that asks too much, or is mostly wrong."""
    answered, share = load.right.total, load.right.share
    if share is not None and answered >= _FEWEST_ANSWERS and share < _OFTEN_WRONG:
        if load.family is Family.TECHNICAL:
            return Sentence(message=N_("Mostly answered as false: check how the sensors are worn."))
        return Sentence(message=N_("Mostly answered as false: try another limit on the last two weeks."))
    if load.per_patient_day > _FEW_A_DAY:
        if load.family is Family.TECHNICAL:
            return Sentence(message=N_("More than one a day for each: see to sensors and gateways."))
        return Sentence(message=N_("More than one a day for each: see for whom the limit is too close."))
    return None


def _todo(found: Burden) -> Iterator[Phrase]:
    """Say what to do about all of it."""
    if found.untold:
        message = N_("Alerts that reached nobody: {n}. See who is told, and by which way.")
        yield Sentence(message=message, fields={"n": found.untold})
    if found.waits.median_s is not None and found.waits.median_s > _SLOW_S:
        yield Sentence(message=N_("Half of all answers took longer than ten minutes: see who is on duty."))
    if found.omitted:
        message = N_("Older alerts were too many to be counted: {n}. Choose a shorter period.")
        yield Sentence(message=message, fields={"n": found.omitted})
