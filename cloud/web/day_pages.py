"""The page of one day and its week: bars of what was measured, and what happened, in order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Query
from starlette.responses import RedirectResponse, Response

from cloud.access.guards import Oneself, PatientVisit
from cloud.access.paces import Effort
from cloud.access.visits import VisitedPatient
from cloud.api.dependencies import ServicesOf
from cloud.api.problems import ProblemError
from cloud.api.reader import reader_of_this_answer
from cloud.api.routes import policed_router
from cloud.ports import AlertState, Scope
from cloud.services import Services
from cloud.web.conditions import condition_title
from cloud.web.days import BOX, Weekday, courses_of, measured_ms, week_of
from cloud.web.feelings import felt_between
from cloud.web.rendering import render
from cloud.web.words import N_, Phrase, Sentence
from vitals.kinds import OBSERVATION_KINDS

router = policed_router("day-pages", documented=False, effort=Effort.RECKON)

MOST_ALERTS: Final = 300
_FIRST_DAY: Final = date(2000, 1, 1)
_SAID_BY: Final = N_("said by {who}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """A moment of the day: what, when, more about it, and the page that says all of it."""

    t_ms: int
    what: Phrase
    more: Phrase | None = None
    words: str = ""
    path: str | None = None


@router.get("/me/day")
def own_day(viewer: Oneself) -> Response:
    """Lead somebody whose readings are kept to their day."""
    return RedirectResponse(f"{_own_page(viewer.person.patient_id)}/day", status_code=303)


@router.get("/me/devices")
def own_devices(viewer: Oneself) -> Response:
    """Lead somebody whose readings are kept to their devices."""
    return RedirectResponse(f"{_own_page(viewer.person.patient_id)}/devices", status_code=303)


@router.get("/patients/{patient_id}/day")
def day_page(
    visit: PatientVisit, services: ServicesOf, date: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """Show one day and the six before it, today without a date."""
    reader, now_ms = reader_of_this_answer(), services.clock.wall_ms()
    today = reader.local.at(now_ms).date()
    shown = _day(date, today)
    week = week_of(shown, reader.local)
    kinds = tuple(services.series.latest(visit.patient.id)) if visit.shows(Scope.VITALS) else ()
    happened, is_cut = _happened(services, visit, week.shown)
    return render(
        "day.html",
        viewer=visit.viewer,
        patient=visit.patient,
        scopes=visit.scopes,
        week=week,
        is_today=shown == today,
        before=shown - timedelta(days=1) if shown > _FIRST_DAY else None,
        after=shown + timedelta(days=1) if shown < today else None,
        courses=courses_of(
            services.rollups, visit.patient.id, kinds, week, reader.of_alerts(visit.viewer.person.role)
        ),
        measured_ms=measured_ms(services.rollups, visit.patient.id, kinds, week.shown),
        alerts=sum(1 for each in happened if each.path is not None),
        happened=happened,
        is_cut=is_cut,
        unknown=sum(1 for each in kinds if each not in OBSERVATION_KINDS),
        box=BOX,
        now_ms=now_ms,
    )


def _own_page(patient_id: str | None) -> str:
    if patient_id is None:
        raise ProblemError(HTTPStatus.NOT_FOUND, "no readings of yours are kept here")
    return f"/patients/{patient_id}"


def _day(asked: str, today: date) -> date:
    if not asked:
        return today
    try:
        found = date.fromisoformat(asked)
    except ValueError:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "a day is asked for as 2026-11-26", errors=("date",)
        ) from None
    return min(max(found, _FIRST_DAY), today)


def _happened(services: Services, visit: VisitedPatient, day: Weekday) -> tuple[Sequence[Happened], bool]:
    """Return what happened on a day and is open to the viewer, and whether earlier alerts may be missing."""
    found: list[Happened] = []
    is_cut = False
    if visit.shows(Scope.ALERTS):
        alerts = services.alerts.alerts_of(visit.patient.id, open_only=False, limit=MOST_ALERTS)
        is_cut = len(alerts) == MOST_ALERTS and min(each.raised_ms for each in alerts) >= day.from_ms
        found += [
            Happened(t_ms=each.began_ms, what=condition_title(each), path=f"/alerts/{each.id}")
            for each in alerts
            if each.state is not AlertState.PENDING and day.from_ms <= each.began_ms < day.to_ms
        ]
    if visit.shows(Scope.VITALS):
        found += _said(services, visit, day)
    return sorted(found, key=lambda each: each.t_ms), is_cut


def _said(services: Services, visit: VisitedPatient, day: Weekday) -> Iterator[Happened]:
    for felt in felt_between(services, visit.patient.id, day.from_ms, day.to_ms):
        by = Sentence(message=_SAID_BY, fields={"who": felt.who}) if felt.who else None
        yield Happened(t_ms=felt.t_ms, what=felt.what, more=by, words=felt.words)
