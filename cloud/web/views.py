"""What the templates show, gathered from the ports: plain values, nothing left to look up."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean
from types import MappingProxyType
from typing import Final

from cloud.access.visits import VisitedPatient
from cloud.alerts.wording.quantities import Reader
from cloud.api.devices import heard_devices
from cloud.api.reader import PageReader
from cloud.ports import Alert, AlertState, Device, Patient, Point, Scope
from cloud.services import Services
from cloud.web.conditions import condition_title, priority_word
from cloud.web.drawing import Box, Curve, curve
from cloud.web.early_warning import EarlyWarningView, early_warning_view
from cloud.web.explanation import Explained, explained
from cloud.web.feelings import LATELY_MS, FeltRow, felt_between
from cloud.web.headline import Headline, Heard, by_urgency, headline
from cloud.web.measured import Measured, measured
from cloud.web.usual import UsualRange, usual_of
from cloud.web.words import N_, Phrase, Sentence
from vitals.kinds import OBSERVATION_KINDS

__all__ = [
    "TREND_WORDS",
    "AlertView",
    "HeartRateView",
    "PatientRow",
    "PatientView",
    "Trend",
    "alert_view",
    "is_worn",
    "patient_now",
    "patient_row",
    "period_shown",
    "trend_of",
]

MINUTE_MS: Final = 60_000
SPARK_MS: Final = (2 * MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS)
"""How far back the curve may go: the shortest of these that holds what there is of the longest."""
MOST_OPEN: Final = 50
EARLIER: Final = 5
_SPARK_BOX: Final = Box(width=300, height=72)
_AROUND_BOX: Final = Box(width=480, height=120, margin=8)
_MOST_POINTS: Final = 2_000
_STEADY: Final = 5.0
_HEART_RATE: Final = OBSERVATION_KINDS["heart_rate"]


class Trend(StrEnum):
    """Where a value is going: the last minute against the ten before."""

    RISING = "rising"
    STEADY = "steady"
    FALLING = "falling"


TREND_WORDS: Final = MappingProxyType(
    {
        Trend.RISING: Sentence(message=N_("rising")),
        Trend.STEADY: Sentence(message=N_("steady")),
        Trend.FALLING: Sentence(message=N_("falling")),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartRateView:
    """The heart-rate tile, without the `left_out` values that no living wearer shows."""

    newest: Point | None
    trend: Trend | None
    trend_word: Sentence | None
    spark: Curve | None
    period_ms: int
    left_out: int
    plausible: tuple[float, float]
    usual: UsualRange | None
    meaning: Sentence | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """An alert card."""

    alert: Alert
    title: Phrase
    priority: Phrase
    explained: Explained
    acknowledged_by: str | None
    around: Curve | None
    ended_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientView:
    """The live page of one patient: what is not open is empty."""

    patient: Patient
    scopes: frozenset[Scope]
    headline: Headline
    open_alerts: tuple[AlertView, ...]
    too_many: bool
    earlier: tuple[AlertView, ...]
    heart_rate: HeartRateView | None
    measured: tuple[Measured, ...]
    felt: tuple[FeltRow, ...]
    early_warning: EarlyWarningView | None
    devices: tuple[Device, ...]
    now_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientRow:
    """One patient in a list: the sentence says it all."""

    patient: Patient
    headline: Headline
    priority: Phrase | None


def patient_now(services: Services, visit: VisitedPatient, reader: PageReader) -> PatientView:
    """Gather what is open to somebody of a patient's page as it is now, in the reader's units."""
    now_ms, patient, person = services.clock.wall_ms(), visit.patient, visit.viewer.person
    alerts = _alerts_shown(services, visit)
    told = reader.of_alerts(person.role)
    vitals = _vitals_shown(services, patient, now_ms, told) if visit.shows(Scope.VITALS) else _NOTHING_SHOWN
    return PatientView(
        patient=patient,
        scopes=visit.scopes,
        headline=headline(person, patient, alerts.open, vitals.heard, now_ms),
        open_alerts=tuple(alert_view(services, alert, told) for alert in alerts.open or ()),
        too_many=len(alerts.open or ()) >= MOST_OPEN,
        earlier=tuple(alert_view(services, alert, told) for alert in alerts.ended),
        heart_rate=vitals.heart_rate,
        measured=vitals.measured,
        felt=vitals.felt,
        early_warning=vitals.early_warning,
        devices=vitals.devices,
        now_ms=now_ms,
    )


def patient_row(services: Services, visit: VisitedPatient) -> PatientRow:
    """Gather a patient's line in a list."""
    patient, now_ms = visit.patient, services.clock.wall_ms()
    open_alerts = _open_alerts(services, patient) if visit.shows(Scope.ALERTS) else None
    heard = _heard(services, patient) if visit.shows(Scope.VITALS) else None
    said = headline(visit.viewer.person, patient, open_alerts, heard, now_ms)
    return PatientRow(
        patient=patient, headline=said, priority=priority_word(said.alert) if said.alert else None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _AlertsShown:
    open: Sequence[Alert] | None = None
    ended: Sequence[Alert] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _VitalsShown:
    heard: Heard | None = None
    heart_rate: HeartRateView | None = None
    measured: tuple[Measured, ...] = ()
    felt: tuple[FeltRow, ...] = ()
    early_warning: EarlyWarningView | None = None
    devices: tuple[Device, ...] = ()


_NOTHING_SHOWN: Final = _VitalsShown()


def _alerts_shown(services: Services, visit: VisitedPatient) -> _AlertsShown:
    if not visit.shows(Scope.ALERTS):
        return _AlertsShown()
    recent = services.alerts.alerts_of(visit.patient.id, open_only=False, limit=MOST_OPEN)
    ended = [alert for alert in recent if alert.state is AlertState.RESOLVED][:EARLIER]
    return _AlertsShown(open=_open_alerts(services, visit.patient), ended=ended)


def _vitals_shown(services: Services, patient: Patient, now_ms: int, reader: Reader) -> _VitalsShown:
    assessed = services.early_warnings.recent(patient.id, services.facts.now(patient.id))
    usual = usual_of(assessed)
    heart_rate = _heart_rate(services, patient, now_ms, usual.get(_HEART_RATE.key))
    devices = heard_devices(services, patient)
    others = measured(services.series.latest(patient.id), reader, usual)
    return _VitalsShown(
        heard=Heard(
            newest=heart_rate.newest, is_worn=is_worn(devices), measured_ms=_last_measured_ms(others)
        ),
        heart_rate=heart_rate,
        measured=others,
        felt=tuple(felt_between(services, patient.id, now_ms - LATELY_MS, now_ms + 1))[::-1],
        early_warning=early_warning_view(assessed),
        devices=tuple(devices),
    )


def _heard(services: Services, patient: Patient) -> Heard:
    return Heard(
        newest=_newest_plausible(services, patient),
        is_worn=is_worn(services.directory.devices_of(patient.id)),
        measured_ms=_last_measured_ms(measured(services.series.latest(patient.id), Reader())),
    )


def _last_measured_ms(lines: Sequence[Measured]) -> int | None:
    return max((line.t_ms for line in lines), default=None)


def alert_view(services: Services, alert: Alert, reader: Reader) -> AlertView:
    """Gather an alert's card as `reader` is told it."""
    by = services.directory.person(alert.acknowledged_by) if alert.acknowledged_by else None
    why = explained(alert, reader)
    return AlertView(
        alert=alert,
        title=condition_title(alert),
        priority=priority_word(alert),
        explained=why,
        acknowledged_by=by.display_name if by else None,
        around=_around(alert, why),
        ended_ms=services.clock.wall_ms() if alert.resolved_ms is None else alert.resolved_ms,
    )


def trend_of(points: Sequence[Point], now_ms: int) -> Trend | None:
    """Compare the last minute's mean with that of the ten minutes before; None without both."""
    last = [point.value for point in points if now_ms - MINUTE_MS <= point.t_ms]
    before = [point.value for point in points if now_ms - 11 * MINUTE_MS <= point.t_ms < now_ms - MINUTE_MS]
    if not last or not before:
        return None
    change = fmean(last) - fmean(before)
    if abs(change) < _STEADY:
        return Trend.STEADY
    return Trend.RISING if change > 0 else Trend.FALLING


def period_shown(points: Sequence[Point], now_ms: int) -> int:
    """Return how far back a curve of `points`, oldest first, should go."""
    needed_ms = now_ms - points[0].t_ms if points else SPARK_MS[-1]
    return next((period_ms for period_ms in SPARK_MS if needed_ms <= period_ms), SPARK_MS[-1])


def is_worn(devices: Sequence[Device]) -> bool:
    """Tell whether any device is on the body, or may be: it takes a device's word to say that none is."""
    said = {device.on_body for device in devices}
    return False not in said or True in said


def _open_alerts(services: Services, patient: Patient) -> list[Alert]:
    found = services.alerts.alerts_of(patient.id, open_only=True, limit=MOST_OPEN)
    return sorted((alert for alert in found if alert.state is not AlertState.PENDING), key=by_urgency)


def _heart_rate(services: Services, patient: Patient, now_ms: int, usual: UsualRange | None) -> HeartRateView:
    from_ms, to_ms = now_ms - SPARK_MS[-1], now_ms + 1
    found = services.series.observations(patient.id, "heart_rate", from_ms, to_ms, _MOST_POINTS).points
    points = [point for point in found if _HEART_RATE.is_plausible(point.value)]
    newest = points[-1] if points else _newest_plausible(services, patient)
    trend = trend_of(points, now_ms)
    period_ms = period_shown(points, now_ms)
    return HeartRateView(
        newest=newest,
        trend=trend,
        trend_word=None if trend is None else TREND_WORDS[trend],
        spark=curve(points, now_ms - period_ms, to_ms, _SPARK_BOX),
        period_ms=period_ms,
        left_out=len(found) - len(points),
        plausible=_HEART_RATE.plausible,
        usual=usual,
        meaning=usual.meaning(newest.value) if usual and newest else None,
    )


def _newest_plausible(services: Services, patient: Patient) -> Point | None:
    newest = services.series.latest(patient.id).get(_HEART_RATE.key)
    return newest if newest is not None and _HEART_RATE.is_plausible(newest.value) else None


def _around(alert: Alert, why: Explained) -> Curve | None:
    """Return the minutes before the alert, as its explanation holds them, with room for the limit."""
    if not why.history.points:
        return None
    points = [Point(t_ms=t_ms, value=value, quality=None, device="") for t_ms, value in why.history.points]
    from_ms, to_ms = points[0].t_ms, max(points[-1].t_ms, alert.began_ms) + 1
    limits = () if why.history.limit is None else (why.history.limit,)
    return curve(points, from_ms, to_ms, _AROUND_BOX, also=limits)
