"""Records, slices and alerts of one watched patient, short to write down."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from cloud.alerts.judging.state import PatientState
from cloud.ports import Alert, AlertState, Family, PatientSlice, Priority
from vitals.records import (
    AnyRecord,
    DeviceReport,
    Evidence,
    Feature,
    Gap,
    GapReason,
    HealthEvent,
    LinkState,
    ObservationRun,
    Phase,
)

T0 = 1_700_000_000_000
STRAP = "c0-00-00-00-00-01"
PATCH = "c0-00-00-00-00-02"
PATIENT = "p-wei"


def fresh_state() -> PatientState:
    return PatientState(patient_id=PATIENT)


def heart_rate(
    *points: tuple[float, float], device: str = STRAP, quality: float | None = None
) -> ObservationRun:
    """A run of `(seconds after T0, value)`."""
    return values("heart_rate", *points, device=device, quality=quality)


def values(
    kind: str, *points: tuple[float, float], device: str = STRAP, quality: float | None = None
) -> ObservationRun:
    return ObservationRun(
        device=device,
        kind=kind,
        t_ms=[at(second) for second, _ in points],
        value=[value for _, value in points],
        quality=None if quality is None else [quality] * len(points),
    )


def steady(value: float, from_s: int, to_s: int, *, step_s: int = 5, device: str = STRAP) -> ObservationRun:
    """One value at every step from `from_s` up to and including `to_s`."""
    return heart_rate(*((second, value) for second in range(from_s, to_s + 1, step_s)), device=device)


def at(second: float) -> int:
    return round(T0 + 1000 * second)


def slice_of(*records: AnyRecord, received_s: float, name: str = "", patient: str = PATIENT) -> PatientSlice:
    return PatientSlice(
        message_id=name or f"home/epoch-1/{received_s}/{patient}",
        patient_id=patient,
        received_ms=at(received_s),
        records=records,
    )


def report(
    second: float,
    *,
    link: LinkState = LinkState.CONNECTED,
    on_body: bool | None = None,
    battery: int | None = None,
    device: str = STRAP,
    conditions: Sequence[str] = (),
) -> DeviceReport:
    return DeviceReport(
        device=device,
        t_ms=at(second),
        link=link,
        on_body=on_body,
        battery_percent=battery,
        conditions=list(conditions),
    )


def onset(
    second: float, *, event_id: str = "episode-1", condition: str = "atrial-fibrillation", **more: object
) -> HealthEvent:
    return _event(Phase.ONSET, second, event_id, condition, **more)


def end(
    second: float, *, event_id: str = "episode-1", condition: str = "atrial-fibrillation", **more: object
) -> HealthEvent:
    return _event(Phase.END, second, event_id, condition, **more)


def _event(phase: Phase, second: float, event_id: str, condition: str, **more: object) -> HealthEvent:
    event = HealthEvent(
        event_id=event_id,
        device=STRAP,
        condition=condition,
        phase=phase,
        t_ms=at(second),
        noticed_ms=at(second),
        signal_quality=0.9,
        evidence=evidence(),
    )
    return msgspec.structs.replace(event, **more)


def evidence(features: Sequence[Feature] = (), *, beat_points: int = 90) -> Evidence:
    given = features or (
        Feature(name="mean_heart_rate", value=104.0, unit="/min", usual_low=51.0, usual_high=90.0),
        Feature(name="rmssd", value=31.0, unit="ms", usual_low=19.0, usual_high=75.0),
        Feature(name="rr_sample_entropy", value=2.1, unit="1"),
    )
    return Evidence(
        model="rhythm",
        model_version=3,
        probability=0.93,
        threshold=0.5,
        features=list(given),
        median_beat_uv=list(range(beat_points)),
        median_beat_rate_hz=100.0,
    )


def gap(from_s: float, to_s: float, reason: GapReason = GapReason.OUTBOX_FULL, *, device: str = STRAP) -> Gap:
    return Gap(device=device, kind="ecg", from_ms=at(from_s), to_ms=at(to_s), reason=reason)


def alert(
    name: str = "a1",
    *,
    condition: str = "tachycardia",
    family: Family = Family.PHYSIOLOGICAL,
    priority: Priority = Priority.MEDIUM,
    state: AlertState = AlertState.ACTIVE,
    began_s: float = 0,
    raised_s: float = 60,
    noticed_s: float | None = None,
    devices: Sequence[str] = (STRAP,),
    patient: str = PATIENT,
) -> Alert:
    return Alert(
        id=name,
        patient_id=patient,
        condition=condition,
        family=family,
        priority=priority,
        state=state,
        began_ms=at(began_s),
        raised_ms=at(raised_s),
        noticed_ms=None if noticed_s is None else at(noticed_s),
        explanation={"title": condition.capitalize(), "summary": "It was seen.", "devices": list(devices)},
    )


def acknowledged(state: PatientState) -> PatientState:
    """Return a state in which somebody has taken on every alert."""
    episodes = tuple(
        msgspec.structs.replace(one, alert=one.alert and replace(one.alert, state=AlertState.ACKNOWLEDGED))
        for one in state.episodes
    )
    return msgspec.structs.replace(state, episodes=episodes)
