"""The ECG of a patient: ten seconds of it on paper, hours of it at a glance, and a page to print."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cloud.access.guards import WaveformsVisit
from cloud.access.looking import looked
from cloud.access.paces import Effort
from cloud.access.policies import Policy
from cloud.access.visits import VisitedPatient
from cloud.api.dependencies import ServicesOf
from cloud.api.reader import reader_of_this_answer
from cloud.api.routes import policed_router
from cloud.commands.waveforms import NothingWornError, TooManyAskedError
from cloud.ecg.beats import LEAD_IN_MS, LEAD_OUT_MS, Beats, beats_in, rate_per_min
from cloud.ecg.stretches import Source, Stretch, main_source, overlapping, sources, stretches
from cloud.ports import Alert, Scope
from cloud.services import Services
from cloud.web.ecg_asked import Asked
from cloud.web.ecg_kept import ask_round, requested
from cloud.web.ecg_overview import HOURS, Overview, overview
from cloud.web.ecg_paper import GAINS, SPEEDS, EcgRow, Setting, ecg_row
from cloud.web.refusals import Refusal, refusal
from cloud.web.rendering import render
from cloud.web.words import N_, Sentence
from vitals.errors import ValidationError

router = policed_router("pages", documented=False, effort=Effort.LOOK)

SHOWN_MS: Final = 10_000
_HEIGHT_MM: Final = 56.0
_SHEET_MM: Final = 250.0
_SHEET_ROWS: Final = ((6, 18.0), (4, 31.0), (3, 44.0), (2, 64.0))
"""How many rows fit a sheet of landscape paper, and how tall each is then, in mm."""
_LEAST_MV: Final = 3.0
"""How much signal a row has room for at least; it gets more where the signal is taller."""
_BACK_MS: Final = 24 * 3_600_000
"""How far back the newest signal is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """Signal of a span and its beats."""

    asked: Asked
    from_ms: int
    to_ms: int
    sources: tuple[Source, ...]
    stretches: tuple[Stretch, ...]
    beats: Beats

    @property
    def setting(self) -> Setting:
        return self.asked.setting

    def rate_until(self, to_ms: int) -> float | None:
        return rate_per_min(beat for beat in self.beats.beats if beat.t_ms < to_ms)

    def row(self, from_ms: int, to_ms: int, height_mm: float) -> EcgRow:
        return ecg_row(self.stretches, self.beats.beats, (from_ms, to_ms), self.setting, height_mm)


@router.get("/patients/{patient_id}/ecg")
def ecg_page(visit: WaveformsVisit, services: ServicesOf, request: Request) -> Response:
    """Show ten seconds; scripts put in their place what can be moved and measured."""
    return _page(visit, services, request)


@router.post("/patients/{patient_id}/ecg")
def ask_gateways(visit: WaveformsVisit, services: ServicesOf, request: Request) -> Response:
    """Ask gateways for what they kept of the minutes round what is shown; the page says what came of it."""
    asked = Asked.read(request.query_params, reader_of_this_answer().local)
    at_ms = services.clock.wall_ms() if asked.at_ms is None else asked.at_ms
    try:
        ask_round(services, visit, at_ms + SHOWN_MS // 2)
    except (ValidationError, NothingWornError, TooManyAskedError) as error:
        return _page(visit, services, request, refusal(error))
    return RedirectResponse(f"/patients/{visit.patient.id}/ecg?{asked.address(at_ms)}", status_code=303)


def _page(
    visit: VisitedPatient, services: Services, request: Request, failed: Refusal | None = None
) -> Response:
    asked = Asked.read(request.query_params, reader_of_this_answer().local)
    seen = _seen(services, visit, asked, SHOWN_MS)
    glance = _glance(services, visit, seen)
    alert = next((each.alert for each in glance.episodes if _overlap(each.alert, each.to_ms, seen)), None)
    return render(
        "ecg.html",
        HTTPStatus.OK if failed is None else HTTPStatus.CONFLICT,
        viewer=visit.viewer,
        patient=visit.patient,
        seen=seen,
        asked=seen.asked,
        requested=requested(services, visit.patient.id),
        failed=failed,
        row=seen.row(seen.from_ms, seen.to_ms, _HEIGHT_MM),
        glance=glance,
        alert=alert,
        headline=_headline(visit, seen),
        is_read=asked.is_read,
        speeds=SPEEDS,
        gains=GAINS,
        hours=HOURS,
        now_ms=services.clock.wall_ms(),
    )


@router.get("/patients/{patient_id}/ecg/overview")
def overview_fragment(visit: WaveformsVisit, services: ServicesOf, request: Request) -> Response:
    """Return the hours round a moment, for scripts to put in place."""
    asked = Asked.read(request.query_params, reader_of_this_answer().local)
    at_ms = services.clock.wall_ms() if asked.at_ms is None else asked.at_ms
    _note_alerts(services, visit)
    glance = overview(services, visit, at_ms, asked.hours)
    return render(
        "_ecg_hours.html",
        glance=glance,
        patient=visit.patient,
        asked=asked,
        requested=requested(services, visit.patient.id),
        now_ms=services.clock.wall_ms(),
    )


@router.get("/patients/{patient_id}/ecg/paper")
def paper_page(visit: WaveformsVisit, services: ServicesOf, request: Request) -> Response:
    """Show a sheet of rows to print, at scale."""
    asked = Asked.read(request.query_params, reader_of_this_answer().local)
    row_ms = round(1000 * _SHEET_MM / asked.setting.speed_mm_s)
    seen = _seen(services, visit, asked, row_ms * _SHEET_ROWS[0][0])
    rows = _sheet(seen, row_ms)
    return render(
        "ecg_paper.html",
        viewer=visit.viewer,
        patient=visit.patient,
        seen=seen,
        rows=rows,
        rate=seen.rate_until(rows[-1].to_ms),
        is_read=asked.is_read,
        now_ms=services.clock.wall_ms(),
    )


def _sheet(seen: _Seen, row_ms: int) -> list[EcgRow]:
    """Return as many rows as fit a sheet without cutting the trace off, or the fewest."""
    rows: list[EcgRow] = []
    for count, height_mm in _SHEET_ROWS:
        starts_ms = range(seen.from_ms, seen.from_ms + count * row_ms, row_ms)
        rows = [seen.row(start_ms, start_ms + row_ms, height_mm) for start_ms in starts_ms]
        has_room = height_mm >= _LEAST_MV * seen.setting.gain_mm_mv
        if has_room and not any(row.is_clipped for row in rows):
            break
    return rows


def _seen(services: Services, visit: VisitedPatient, asked: Asked, span_ms: int) -> _Seen:
    now_ms = services.clock.wall_ms()
    at_ms = _newest_ms(services, visit, now_ms, span_ms) if asked.at_ms is None else asked.at_ms
    to_ms = at_ms + span_ms
    strips = services.series.waveforms(
        visit.patient.id, "ecg", max(0, at_ms - LEAD_IN_MS), to_ms + LEAD_OUT_MS
    )
    inside = overlapping(strips, at_ms, to_ms)
    source = main_source(inside, asked.source)
    return _Seen(
        asked=asked.at(at_ms, source),
        from_ms=at_ms,
        to_ms=to_ms,
        sources=tuple(sources(inside)),
        stretches=() if source is None else tuple(stretches(strips, source)),
        beats=beats_in(strips, source, at_ms, to_ms),
    )


def _newest_ms(services: Services, visit: VisitedPatient, now_ms: int, span_ms: int) -> int:
    """Return from when on the newest signal of the last day fills the paper."""
    spans = services.series.waveform_spans(visit.patient.id, "ecg", max(0, now_ms - _BACK_MS), now_ms)
    return max(0, (spans[-1].to_ms if spans else now_ms) - span_ms)


def _glance(services: Services, visit: VisitedPatient, seen: _Seen) -> Overview:
    _note_alerts(services, visit)
    return overview(services, visit, seen.from_ms, seen.asked.hours)


def _note_alerts(services: Services, visit: VisitedPatient) -> None:
    """Write down that alerts are looked at too, where they are open."""
    if visit.shows(Scope.ALERTS):
        looked(services, visit.viewer, Policy.PATIENT_ALERTS, [visit.patient.id])


def _overlap(alert: Alert, to_ms: int, seen: _Seen) -> bool:
    return alert.began_ms < seen.to_ms and to_ms > seen.from_ms


def _headline(visit: VisitedPatient, seen: _Seen) -> Sentence:
    rate, is_own = seen.rate_until(seen.to_ms), visit.viewer.person.patient_id == visit.patient.id
    if not seen.sources:
        message = N_("No ECG of yours is kept here.") if is_own else N_("{who}: no ECG is kept here.")
    elif rate is None:
        message = (
            N_("No heart beat of yours can be made out here.")
            if is_own
            else N_("{who}: no heart beat can be made out here.")
        )
    else:
        message = (
            N_("Your heart beat about {n} times a minute here.")
            if is_own
            else N_("{who}: about {n} heart beats a minute here.")
        )
    n = 0 if rate is None else round(rate)
    return Sentence(message=message, fields={"who": visit.patient.display_name, "n": n})
