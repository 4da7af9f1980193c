"""One alert: what happened, why and what to do; taking it on, and not being told of its like for a while."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import Path, Query
from starlette.responses import RedirectResponse, Response

from cloud.access.guards import AlertsSettingVisit, AlertVisit
from cloud.access.paces import Effort
from cloud.access.visits import VisitedAlert
from cloud.alerts.acknowledge import AcknowledgeReason
from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.telling.silence_desk import can_be_silenced
from cloud.api.alerts import acknowledged, is_answered_by
from cloud.api.dependencies import ServicesOf
from cloud.api.problems import ProblemError
from cloud.api.reader import reader_of_this_answer
from cloud.api.routes import policed_router
from cloud.ports import Alert, Basis, Family, Scope, Silence
from cloud.services import Services
from cloud.web.calling import calls_to
from cloud.web.forms import Form
from cloud.web.headline import alert_headline
from cloud.web.on_duty import on_duty
from cloud.web.reasons import REASONS, reason_of
from cloud.web.rendering import render
from cloud.web.tellings import tellings
from cloud.web.views import alert_view
from vitals.errors import ValidationError

router = policed_router("alert-pages", documented=False, effort=Effort.LOOK)

LATE: Final = "late"
"""Said of an answer that came after somebody else's."""
SILENCE_MINUTES: Final = (30, 120, 480, 1_440)
_MINUTE_MS: Final = 60_000
_ID: Final = Path(max_length=64)


@router.get("/alerts/{alert_id}")
def alert_page(
    visit: AlertVisit,
    services: ServicesOf,
    answer: Annotated[str, Query(max_length=40)] = "",
    answered: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """Show one alert and why it was raised; an answer that was not saved for want of a session once more."""
    alert, now_ms = visit.alert, services.clock.wall_ms()
    return render(
        "alert.html",
        viewer=visit.viewer,
        patient=visit.patient,
        view=alert_view(services, alert, reader_of_this_answer().of_alerts(visit.viewer.person.role)),
        headline=alert_headline(visit.viewer.person, visit.patient, alert, now_ms),
        tellings=tellings(services, alert),
        shows_ecg=visit.shows(Scope.WAVEFORMS) and alert.family is Family.PHYSIOLOGICAL,
        calls=calls_to(services, visit),
        on_duty=on_duty(services, visit),
        silenced=_in_force(services, alert, now_ms),
        may_set=visit.bases != {Basis.GLASS},
        can_be_silenced=_can_be_silenced(alert),
        silence_minutes=SILENCE_MINUTES,
        now_ms=now_ms,
        reasons=REASONS,
        chosen=answer if answer in set(AcknowledgeReason) and alert.acknowledged_ms is None else "",
        is_late=answered == LATE and not is_answered_by(alert, visit),
    )


@router.post("/alerts/{alert_id}/acknowledge")
def acknowledge_form(visit: AlertVisit, services: ServicesOf, form: Form) -> Response:
    """Acknowledge from a form and go back to the patient; whoever was second is told who was first."""
    current = acknowledged(services, visit, reason_of(form))
    is_first = is_answered_by(current, visit)
    to = f"/patients/{visit.patient.id}" if is_first else f"{_page_of(visit)}?answered={LATE}"
    return RedirectResponse(to, status_code=303)


@router.post("/patients/{patient_id}/silences")
def silence_form(visit: AlertsSettingVisit, services: ServicesOf, form: Form) -> Response:
    """Hold a condition back for a while, and go back to the alert that asked for it."""
    try:
        until_ms = services.clock.wall_ms() + int(form.get("minutes", "")[:6]) * _MINUTE_MS
        reason = _reason(form)
        services.silences.silence(
            visit.patient.id, form.get("condition", ""), until_ms, reason, visit.viewer.person
        )
    except ValidationError as error:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), errors=("condition",)) from error
    except ValueError:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "choose for how long", errors=("minutes",)
        ) from None
    return RedirectResponse(_back(form), status_code=303)


@router.post("/patients/{patient_id}/silences/{silence_id}/end")
def end_silence(
    visit: AlertsSettingVisit, services: ServicesOf, form: Form, silence_id: Annotated[str, _ID]
) -> Response:
    """Take a silence back: what still goes on is told at once."""
    found = services.silences.book.silence(silence_id)
    if found is None or found.patient_id != visit.patient.id:
        raise ProblemError(HTTPStatus.NOT_FOUND, "the patient has no such silence: go back to the alert")
    services.silences.end(found, visit.viewer.person)
    return RedirectResponse(_back(form), status_code=303)


def _reason(form: Mapping[str, str]) -> str:
    reason = form.get("reason", "").strip()
    if not 1 <= len(reason) <= 500:  # noqa: PLR2004 - as the API takes it
        raise ValidationError("say in a few words why it need not be heard of")
    return reason


def _back(form: Mapping[str, str]) -> str:
    """Return the page of the alert that a form was sent from; the inbox without one."""
    alert_id = form.get("alert", "")
    return f"/alerts/{quote(alert_id, safe='')}" if alert_id else "/inbox"


def _page_of(visit: VisitedAlert) -> str:
    return f"/alerts/{visit.alert.id}"


def _in_force(services: Services, alert: Alert, now_ms: int) -> list[Silence]:
    return [
        one
        for one in services.silences.book.in_force(now_ms)
        if (one.patient_id, one.condition) == (alert.patient_id, alert.condition)
    ]


def _can_be_silenced(alert: Alert) -> bool:
    """Tell whether there is anything to hold back; of a condition unknown here nothing is said."""
    return alert.condition in RULES and can_be_silenced(alert.condition)
