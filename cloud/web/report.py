"""The page where somebody chooses what a report is about, and the report as a PDF."""

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from cloud.access.guards import PatientVisit, VisitedPatient
from cloud.access.paces import Effort
from cloud.alerts.wording.quantities import capital
from cloud.alerts.wording.texts import kind_name
from cloud.api.dependencies import ServicesOf
from cloud.api.reader import reader_of_this_answer
from cloud.api.routes import policed_router
from cloud.export.columns import FileForm
from cloud.export.csv_cells import name_in_a_file
from cloud.ports import Scope
from cloud.reports.contents import NEEDED, Section, Wanted
from cloud.reports.glucose import Targets
from cloud.reports.period import DAYS, NoPeriodError
from cloud.services import Services
from cloud.web.local import local_of
from cloud.web.paper.words import SECTIONS, TARGETS
from cloud.web.period_form import DEFAULT_DAYS, DaysQuery, chosen, fault_said
from cloud.web.rendering import render
from cloud.web.words import Sentence
from vitals.kinds import OBSERVATION_KINDS

__all__ = ["report_form"]

router = policed_router("reports", documented=False, effort=Effort.RECKON)

_MOST_SECTIONS: Final = 20


class ReportQuery(DaysQuery):
    """What a report is about."""

    section: list[Section] | None = Field(default=None, max_length=_MOST_SECTIONS)
    targets: Targets = Targets.USUAL


@router.get("/patients/{patient_id}/report")
def report_page(visit: PatientVisit, services: ServicesOf) -> Response:
    """Show what a report can be about, as far as it is open."""
    return report_form(visit, services)


@router.get("/patients/{patient_id}/report.pdf")
def report_file(
    visit: PatientVisit, services: ServicesOf, asked: Annotated[ReportQuery, Query()]
) -> Response:
    """Return a report for a visit, of what is open; that it was given is written down before it is drawn."""
    try:
        period = chosen(asked, services.clock.wall_ms(), services.local)
    except NoPeriodError as error:
        return report_form(visit, services, fault_said(error.fault))
    from cloud.web.paper.document import document  # noqa: PLC0415 - a third of a second, for reports alone

    wanted = Wanted(
        period=period,
        sections=frozenset(asked.section or Section),
        targets=asked.targets,
        scopes=frozenset(visit.scopes),
    )
    person, day = visit.viewer.person, services.local.at(period.to_ms - 1).date().isoformat()
    given = services.reports.give(visit.patient, wanted, to=person.id, name=person.display_name)
    name = f"carewire-{name_in_a_file(visit.patient.display_name)}-{day}.pdf"
    return Response(
        document(given, local_of(replace(reader_of_this_answer(), local=services.local))),
        media_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-store"},
    )


def report_form(visit: VisitedPatient, services: Services, failed: Sentence | None = None) -> Response:
    """Return the page, with what was wrong with what was chosen on it."""
    return render(
        "report.html",
        HTTPStatus.OK if failed is None else HTTPStatus.UNPROCESSABLE_ENTITY,
        viewer=visit.viewer,
        patient=visit.patient,
        failed=failed,
        sections={each: words for each, words in SECTIONS.items() if visit.shows(NEEDED[each])},
        closed=[words for each, words in SECTIONS.items() if not visit.shows(NEEDED[each])],
        targets=TARGETS,
        days=DAYS,
        default_days=DEFAULT_DAYS,
        today=services.local.at(services.clock.wall_ms()).date(),
        kinds=_kinds(visit, services),
        forms=[*FileForm],
    )


def _kinds(visit: VisitedPatient, services: Services) -> list[tuple[str, str]]:
    """Return what was ever measured of the patient, and what the reader calls it."""
    if not visit.shows(Scope.VITALS):
        return []
    words = reader_of_this_answer().of_alerts().words
    found = services.series.latest(visit.patient.id)
    return [(key, capital(kind_name(key, words))) for key in OBSERVATION_KINDS if key in found]
