"""Pure evaluation: (state, slice, now, plan) -> (state, changed alerts). The same in, the same out."""

from typing import Final

from cloud.alerts.judging.chart import Chart
from cloud.alerts.judging.combinations import judge_combinations
from cloud.alerts.judging.events import judge_event
from cloud.alerts.judging.newest import take_newest
from cloud.alerts.judging.person import judge_measured, judge_person
from cloud.alerts.judging.readings import judge_run
from cloud.alerts.judging.setback import note_setback
from cloud.alerts.judging.silence import judge_silence
from cloud.alerts.judging.state import PatientState
from cloud.alerts.judging.surroundings import Surroundings
from cloud.alerts.judging.technical import judge_gap, judge_report, note_clock, note_data, raise_held
from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.rules.plan import STANDARD_PLAN, CarePlan
from cloud.alerts.wording.explanation import Finding
from cloud.ports import Alert, PatientSlice
from vitals.records import AnyRecord, DeviceReport, Gap, HealthEvent, ObservationRun, Waveform

__all__ = ["evaluate", "no_more_of_record", "of_record", "set_aside", "tick"]

_FAILED: Final = RULES["evaluation-failed"]


def evaluate(
    state: PatientState, fresh: PatientSlice, now_ms: int, plan: CarePlan = STANDARD_PLAN
) -> tuple[PatientState, list[Alert]]:
    """Judge a patient's fresh records by the plan; return every alert that changed, as it is now."""
    chart = Chart.opened(state, now_ms, fresh.received_ms, plan)
    chart.end_unwatched()
    for record in fresh.records:
        _judge(chart, record)
    judge_combinations(chart)
    judge_measured(chart)
    return chart.closed()


def tick(
    state: PatientState,
    now_ms: int,
    around: Surroundings | None = None,
    plan: CarePlan = STANDARD_PLAN,
) -> tuple[PatientState, list[Alert]]:
    """Judge what time alone brings about: durations by the server's clock and, given `around`, silence."""
    chart = Chart.opened(state, now_ms, now_ms, plan)
    chart.end_unwatched()
    raise_held(chart)
    judge_person(chart)
    if around is not None:
        judge_silence(chart, around)
    return chart.closed()


def set_aside(state: PatientState, fresh: PatientSlice, now_ms: int) -> tuple[PatientState, list[Alert]]:
    """Say that a slice could not be evaluated; its records are stored all the same."""
    chart = Chart.opened(state, now_ms, fresh.received_ms)
    devices = sorted({device for one in fresh.records if (device := getattr(one, "device", None))})
    chart.state_fact(
        _FAILED,
        "evaluation",
        Finding(devices=tuple(devices), reason=fresh.message_id),
        t_ms=fresh.received_ms,
        noticed_ms=None,
    )
    return chart.closed()


def of_record(
    state: PatientState, condition: str, source: str, finding: Finding, now_ms: int
) -> tuple[PatientState, list[Alert]]:
    """Say what somebody did to the patient's record; each `source` is an alert of its own."""
    chart = Chart.opened(state, now_ms, now_ms)
    chart.state_fact(RULES[condition], source, finding, t_ms=now_ms, noticed_ms=now_ms)
    return chart.closed()


def no_more_of_record(
    state: PatientState, condition: str, source: str, now_ms: int
) -> tuple[PatientState, list[Alert]]:
    """Say that what was said of the record is over, whether anybody answered it or not."""
    chart = Chart.opened(state, now_ms, now_ms)
    chart.withdraw(RULES[condition], source)
    return chart.closed()


def _judge(chart: Chart, record: AnyRecord) -> None:
    match record:
        case ObservationRun():
            note_clock(chart, record.device, record.t_ms[-1])
            note_data(chart, record.device)
            note_setback(chart, record)
            judge_run(chart, record)
            take_newest(chart, record)
        case Waveform():
            note_clock(chart, record.device, record.t0_ms)
            note_data(chart, record.device)
        case HealthEvent():
            note_clock(chart, record.device, record.noticed_ms)
            judge_event(chart, record)
        case DeviceReport():
            note_clock(chart, record.device, record.t_ms)
            judge_report(chart, record)
        case Gap():
            judge_gap(chart, record)
