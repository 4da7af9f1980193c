"""One kind of a period as a file for programs: CSV or Parquet, sent as it is read."""

from typing import Annotated

from fastapi import Query
from pydantic import Field
from starlette.responses import Response, StreamingResponse

from cloud.access.guards import VisitedPatient, VitalsVisit
from cloud.access.paces import Effort
from cloud.api.dependencies import ServicesOf
from cloud.api.observations import known_kind
from cloud.api.routes import policed_router
from cloud.export.columns import FileForm, Wanted
from cloud.reports.period import NoPeriodError
from cloud.services import Services
from cloud.web.period_form import DaysQuery, chosen, fault_said
from cloud.web.report import report_form

router = policed_router("reports", documented=False, effort=Effort.RECKON)

_MEDIA_TYPES = {FileForm.CSV: "text/csv; charset=utf-8", FileForm.PARQUET: "application/vnd.apache.parquet"}


class SeriesQuery(DaysQuery):
    """Of which kind, and of which days."""

    kind: str = Field(max_length=40)


@router.get("/patients/{patient_id}/series.csv")
def series_csv(visit: VitalsVisit, services: ServicesOf, asked: Annotated[SeriesQuery, Query()]) -> Response:
    """Return every value as a table for spreadsheets."""
    return _given(visit, services, asked, FileForm.CSV)


@router.get("/patients/{patient_id}/series.parquet")
def series_parquet(
    visit: VitalsVisit, services: ServicesOf, asked: Annotated[SeriesQuery, Query()]
) -> Response:
    """Return every value as columns for programs that reckon."""
    return _given(visit, services, asked, FileForm.PARQUET)


def _given(visit: VisitedPatient, services: Services, asked: SeriesQuery, form: FileForm) -> Response:
    row = known_kind(asked.kind)
    try:
        period = chosen(asked, services.clock.wall_ms(), services.local)
    except NoPeriodError as error:
        return report_form(visit, services, fault_said(error.fault))
    wanted = Wanted(patient_id=visit.patient.id, kind=row.key, from_ms=period.from_ms, to_ms=period.to_ms)
    given = services.exports.give_series(visit.patient, wanted, form, visit.viewer.person.id)
    return StreamingResponse(
        given.pieces,
        media_type=_MEDIA_TYPES[form],
        headers={
            "Content-Disposition": f'attachment; filename="{given.file_name}"',
            "Cache-Control": "no-store",
        },
    )
