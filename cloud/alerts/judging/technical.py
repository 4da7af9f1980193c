"""What is wrong with the wearable, its clock or its data: said by the gateway, in its own time."""

from typing import Final

import msgspec

from cloud.alerts.judging.chart import Chart, SkipReason, is_doubtful, is_newer
from cloud.alerts.judging.state import Episode
from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.rules.rows import DeviceRule, GapRule, QuietDeviceRule
from cloud.alerts.wording.explanation import Finding
from cloud.ports import AlertState
from vitals.records import DeviceReport, Gap, LinkState

__all__ = ["judge_gap", "judge_report", "note_clock", "note_data", "raise_held"]

_CLOCK: Final = RULES["clock-wrong"]


def judge_report(chart: Chart, report: DeviceReport) -> None:
    """Take a wearable's word on how it is; an older word than the last is not news."""
    memory = chart.device(report.device)
    if is_doubtful(report.t_ms, chart.received_ms):
        chart.skip(SkipReason.CLOCK_DOUBTED)
        return
    if not is_newer(report.t_ms, memory.report_ms, chart.received_ms):
        chart.skip(SkipReason.NOT_NEWER)
        return
    is_away = report.link is LinkState.AWAY
    came_back = memory.is_away and not is_away
    chart.devices[report.device] = msgspec.structs.replace(
        memory,
        report_ms=report.t_ms,
        is_away=is_away,
        explained_ms=chart.received_ms if came_back else memory.explained_ms,
    )
    for rule in chart.plan.rules.of(DeviceRule):
        _judge(chart, rule, report)


def _judge(chart: Chart, rule: DeviceRule, report: DeviceReport) -> None:
    episode = chart.find(rule, report.device)
    if episode is None and rule.begins(report):
        episode = chart.begin(rule, report.device, devices=(report.device,), t_ms=report.t_ms)
    if episode is None:
        return
    has_lasted = report.t_ms - episode.began_ms >= rule.hold_s * 1000
    if episode.life is AlertState.PENDING and has_lasted:
        chart.activate(rule, episode, _finding(rule, report), noticed_ms=report.t_ms)
    if rule.ends(report):
        chart.recover(rule, report.device, report.t_ms)


def _finding(rule: DeviceRule, report: DeviceReport) -> Finding:
    return Finding(
        devices=(report.device,),
        value=rule.reading(report),
        limit=rule.limit,
        unit=rule.unit,
        hold_s=rule.hold_s,
    )


def raise_held(chart: Chart) -> None:
    """Raise what a wearable last said of itself once it has lasted by the server's clock."""
    for rule in chart.plan.rules.of(DeviceRule):
        for episode in chart.of(rule):
            if _is_due(chart, rule, episode):
                finding = Finding(devices=episode.devices, hold_s=rule.hold_s)
                chart.activate(rule, episode, finding, noticed_ms=None)


def _is_due(chart: Chart, rule: DeviceRule, episode: Episode) -> bool:
    lasted_ms = chart.received_ms - episode.began_received_ms
    return episode.life is AlertState.PENDING and lasted_ms >= rule.hold_s * 1000


def judge_gap(chart: Chart, gap: Gap) -> None:
    """State a large loss once for each device and reason, until somebody has seen it."""
    for rule in chart.plan.rules.of(GapRule):
        lost_s = (gap.to_ms - gap.from_ms) / 1000
        if gap.reason in rule.reasons and lost_s >= rule.least_s:
            finding = Finding(
                devices=(gap.device,),
                value=round(lost_s / 60),
                limit=rule.least_s / 60,
                unit="min",
                reason=gap.reason,
            )
            source = f"{gap.device}/{gap.reason}"
            chart.state_fact(rule, source, finding, t_ms=gap.from_ms, noticed_ms=None)


def note_data(chart: Chart, device: str) -> None:
    """Note by the server's clock that a device is heard: a wrong clock elsewhere hides no silence."""
    memory = chart.device(device)
    chart.devices[device] = msgspec.structs.replace(memory, data_received_ms=chart.received_ms)
    for rule in chart.plan.rules.of(QuietDeviceRule):
        chart.recover(rule, device, chart.received_ms)


def note_clock(chart: Chart, device: str, t_ms: int) -> None:
    """Say when a device's times cannot be believed, and when they can again."""
    if not is_doubtful(t_ms, chart.received_ms):
        chart.recover(_CLOCK, device, chart.received_ms)
    elif chart.find(_CLOCK, device) is None:
        episode = chart.begin(_CLOCK, device, devices=(device,), t_ms=chart.received_ms)
        chart.activate(_CLOCK, episode, Finding(devices=(device,)), noticed_ms=None)
