"""Alerts: listed, read one by one with their reasons, and acknowledged."""

from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field

from cloud.access.errors import NotOpenError
from cloud.access.guards import AlertsVisit, AlertVisit
from cloud.access.paces import Effort
from cloud.access.visits import VisitedAlert
from cloud.alerts.acknowledge import AcknowledgeReason
from cloud.alerts.erasure_told import ERASURE_ASKED
from cloud.alerts.record_opened import RECORD_OPENED
from cloud.alerts.wording.quantities import Reader
from cloud.alerts.wording.texts import explained_to
from cloud.api.dependencies import ReaderOf, ServicesOf
from cloud.api.routes import policed_router, problems
from cloud.api.times import iso, iso_or_none
from cloud.ports import HELD_CHANNEL, Alert, AlertState, Basis, Family, HandOff, Priority, Scope
from cloud.services import Services

router = policed_router("alerts", effort=Effort.LOOK)

MOST_ALERTS = 500


class AlertOut(BaseModel):
    """One alarm condition of one patient, and why it was raised."""

    id: str
    patient_id: str
    condition: str
    family: Family
    priority: Priority
    state: AlertState
    began: str = Field(description="Effective time of the cause, ISO 8601 UTC.")
    raised: str
    noticed: str | None = Field(description="When the notification behind it reached the gateway.")
    resolved: str | None
    acknowledged: str | None
    acknowledged_by: str | None = Field(description="Display name of who did.")
    acknowledged_reason: str | None
    delayed: bool = Field(description="It comes from data that arrived late.")
    explanation: dict[str, Any] = Field(
        description="title, summary, value, limit, unit, kind, quality, baseline, contributors, score, "
        "model, history, left_out, advice and more; null: does not apply. Sentences are in the language "
        "asked for."
    )


class HandOffOut(BaseModel):
    """An alert given to a channel, or held back from all (`held:` and the reason)."""

    channel: str
    to: str | None = Field(description="Display name of whom it was for; null: it was held back from all.")
    occasion: str | None = Field(description="What was told: onset, escalation, reminder, ended and so on.")
    step: int = Field(description="Of the escalation, from 0.")
    at: str
    succeeded: bool = Field(description="The channel took it. False for what failed and what was held.")
    because: str | None = Field(description="Why it was held back; null for what was not.")
    error: str | None = Field(description="Why the channel did not take it.")
    receipt: str | None = Field(description="What the channel gave for it, if anything.")
    key: str | None = Field(description="The same at the receiver however often this telling was sent.")


class AlertDetailOut(AlertOut):
    """An alert with where it went."""

    hand_offs: list[HandOffOut]


class AcknowledgedOut(AlertOut):
    """An alert as it is now, and whether it was the caller's answer that counted."""

    is_first: bool = Field(description="False: somebody else was first, and is on record.")


class AlertsOut(BaseModel):
    """Newest first. `omitted` is true when there are older ones beyond the limit."""

    alerts: list[AlertOut]
    omitted: bool


class AlertsQuery(BaseModel):
    """Which alerts are asked for."""

    open: bool = Field(default=False, description="Only those not resolved.")
    limit: int = Field(default=100, ge=1, le=MOST_ALERTS)


class AcknowledgeIn(BaseModel):
    """What the person found."""

    reason: AcknowledgeReason


@router.get("/api/v1/patients/{patient_id}/alerts", responses=problems(422, 503))
def alerts(
    visit: AlertsVisit,
    services: ServicesOf,
    reader: ReaderOf,
    asked: Annotated[AlertsQuery, Query()],
) -> AlertsOut:
    """List a patient's alerts, newest first."""
    found = services.alerts.alerts_of(visit.patient.id, open_only=asked.open, limit=asked.limit + 1)
    return AlertsOut(
        alerts=[
            alert_out(each, services, reader)
            for each in found[: asked.limit]
            if each.state is not AlertState.PENDING
        ],
        omitted=len(found) > asked.limit,
    )


@router.get("/api/v1/alerts/{alert_id}", responses=problems(503))
def alert(visit: AlertVisit, services: ServicesOf, reader: ReaderOf) -> AlertDetailOut:
    """One alert with its explanation and where it was sent."""
    hand_offs = services.alerts.hand_offs_of(visit.alert.id)
    return AlertDetailOut(
        **alert_out(visit.alert, services, reader).model_dump(),
        hand_offs=[_hand_off_out(each, services, reader) for each in hand_offs],
    )


@router.post("/api/v1/alerts/{alert_id}/acknowledge", responses=problems(400, 403, 413, 503))
def acknowledge(
    visit: AlertVisit, services: ServicesOf, reader: ReaderOf, body: AcknowledgeIn
) -> AcknowledgedOut:
    """Say that somebody looks after it. The alert stays visible until its condition ends."""
    current = acknowledged(services, visit, body.reason)
    return AcknowledgedOut(
        **alert_out(current, services, reader).model_dump(), is_first=is_answered_by(current, visit)
    )


def acknowledged(services: Services, visit: VisitedAlert, reason: AcknowledgeReason) -> Alert:
    """Acknowledge an alert, tell open pages, and return it as it is now.

    Raises
    ------
    NotOpenError
        If it tells of broken glass, and they broke it or nothing else lets them see the patient; or of an
        erasure that they asked for, and others are told of it too: nobody hushes up their own.
    """
    alert, now_ms = visit.alert, services.clock.wall_ms()
    if alert.condition == RECORD_OPENED and _is_their_own(services, visit):
        raise NotOpenError("this is for the patient, and whom the patient lets see alerts, to answer")
    if alert.condition == ERASURE_ASKED and _hushes_up_others(services, visit):
        raise NotOpenError("you asked for it yourself: somebody else who sees the alerts answers this")
    current = services.acknowledger.acknowledge(alert.id, visit.viewer.person, reason, now_ms) or alert
    services.live.publish(alert.patient_id, "alert", {"id": alert.id, "state": current.state.value})
    return current


def is_answered_by(alert: Alert, visit: VisitedAlert) -> bool:
    """Tell whether the answer that counts is the viewer's: the first one does."""
    return alert.acknowledged_by in {None, visit.viewer.person.id}


def _is_their_own(services: Services, visit: VisitedAlert) -> bool:
    """Tell whether somebody would answer for having broken the glass who did."""
    return visit.bases == {Basis.GLASS} or services.glass.answers_for_themselves(
        visit.viewer.person.id, visit.patient.id, visit.alert.began_ms
    )


def _hushes_up_others(services: Services, visit: VisitedAlert) -> bool:
    """Tell whether somebody would answer for others that everything is erased as they themselves asked."""
    waiting = services.erasures.waiting(visit.patient.id)
    if waiting is None or waiting.asked_by != visit.viewer.person.id:
        return False
    now_ms = services.clock.wall_ms()
    told = services.gatekeeper.people_who_may_see(visit.patient.id, Scope.ALERTS, now_ms)
    return any(one.id != visit.viewer.person.id for one in told)


def alert_out(alert: Alert, services: Services, reader: Reader) -> AlertOut:
    """Return an alert as the API shows it to `reader`."""
    who = services.directory.person(alert.acknowledged_by) if alert.acknowledged_by else None
    return AlertOut(
        id=alert.id,
        patient_id=alert.patient_id,
        condition=alert.condition,
        family=alert.family,
        priority=alert.priority,
        state=alert.state,
        began=iso(alert.began_ms),
        raised=iso(alert.raised_ms),
        noticed=iso_or_none(alert.noticed_ms),
        resolved=iso_or_none(alert.resolved_ms),
        acknowledged=iso_or_none(alert.acknowledged_ms),
        acknowledged_by=who.display_name if who else None,
        acknowledged_reason=alert.acknowledged_reason,
        delayed=alert.delayed,
        explanation=explained_to(alert, reader),
    )


def _hand_off_out(hand_off: HandOff, services: Services, reader: Reader) -> HandOffOut:
    person = services.directory.person(hand_off.person_id) if hand_off.person_id else None
    held_because = hand_off.channel.removeprefix(HELD_CHANNEL) if hand_off.is_hold else None
    return HandOffOut(
        channel=hand_off.channel,
        to=person.display_name if person else None,
        occasion=hand_off.occasion,
        step=hand_off.step,
        at=iso(hand_off.at_ms),
        succeeded=hand_off.error is None and not hand_off.is_hold,
        because=reader.words.holds.get(held_because, held_because) if held_because else None,
        error=None if hand_off.is_hold else hand_off.error,
        receipt=hand_off.receipt,
        key=hand_off.key,
    )
