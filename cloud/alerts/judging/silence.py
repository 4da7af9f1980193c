"""Missing data is itself an alarm: silence, by the server's clock, with the nearest cause told.

Nearest to us first: the service itself takes nothing in, then a gateway, then what it says of its radio,
then the device. What is explained by a nearer cause is not told beside it, and has time to be heard once
that is over. A time still to come was noted by a clock that was ahead: from then on it counts from when
that was seen.
"""

from typing import Final

import msgspec

from cloud.alerts.judging.chart import Chart
from cloud.alerts.judging.state import DeviceMemory, Episode
from cloud.alerts.judging.surroundings import GatewayHeard, Surroundings
from cloud.alerts.rules.rows import (
    DeafCloudRule,
    GatewayAlarmRule,
    GatewaySilenceRule,
    NeverHeardRule,
    OutageRule,
    QuietDeviceRule,
    QuietHomeRule,
    Rule,
)
from cloud.alerts.wording.explanation import Finding
from cloud.ports import AlertState, Family

__all__ = ["ABANDONED_MS", "judge_silence"]

ABANDONED_MS: Final = 3_600_000
"""An acknowledged alert of a device not heard for this long ends: nothing more will come of it."""


def judge_silence(chart: Chart, around: Surroundings) -> None:
    """Judge from the nearest cause to the farthest, then let go of what nobody will hear of again."""
    rules = chart.plan.rules
    for deaf_rule in rules.of(DeafCloudRule):
        _judge_cloud(chart, deaf_rule, around)
    for home_rule in rules.of(QuietHomeRule):
        _judge_home(chart, home_rule, around)
    for heard in around.gateways:
        _judge_gateway(chart, heard, around)
        for alarm_rule in rules.of(GatewayAlarmRule):
            _judge_alarm(chart, alarm_rule, heard)
    for device_rule in rules.of(QuietDeviceRule):
        for device in around.devices & chart.devices.keys():
            _judge_device(chart, device_rule, device, around)
    for never_rule in rules.of(NeverHeardRule):
        for device in around.devices:
            _judge_never_heard(chart, never_rule, device, around)
    for outage_rule in rules.of(OutageRule):
        _judge_outage(chart, outage_rule, around)
    _let_go(chart, around)


# --- The service itself -----------------------------------------------------------------------------


def _judge_cloud(chart: Chart, rule: DeafCloudRule, around: Surroundings) -> None:
    """Say, after a while, that nothing comes in by no fault of this home."""
    unheard = [heard for heard in around.gateways if _is_ours(heard, around)]
    if not unheard:
        chart.recover(rule, _OURS, chart.now_ms)
        return
    since_ms = min(heard.heard_ms for heard in unheard)
    if chart.now_ms - since_ms >= rule.after_s * 1000 and chart.find(rule, _OURS) is None:
        devices = tuple(sorted(device for heard in unheard for device in heard.devices))
        _raise(chart, rule, _OURS, Finding(devices=devices, hold_s=rule.after_s), since_ms)


_OURS: Final = "service"


def _is_ours(heard: GatewayHeard, around: Surroundings) -> bool:
    """Tell whether a gateway is unheard for a reason on our side."""
    return heard.fell_together or (
        around.deaf_since_ms is not None and heard.heard_ms <= around.deaf_since_ms
    )


# --- The home ---------------------------------------------------------------------------------------


_HOME: Final = "home"
_FALLING_MS: Final = 30_000
"""Before one gateway is told of: others of the home may be about to follow."""


def _judge_home(chart: Chart, rule: QuietHomeRule, around: Surroundings) -> None:
    """Tell once that all gateways of a home fell silent together."""
    if not _fell_together(chart, rule, around, after_ms=rule.soonest_s * 1000):
        chart.recover(rule, _HOME, chart.now_ms)
    elif chart.find(rule, _HOME) is None and all(_is_due(chart, rule, each) for each in around.gateways):
        devices = tuple(sorted(device for each in around.gateways for device in each.devices))
        hold_s = rule.wait_s(is_online=around.gateways[0].is_online) or rule.after_s
        since_ms = min(each.heard_ms for each in around.gateways)
        _raise(chart, rule, _HOME, Finding(devices=devices, hold_s=hold_s), since_ms)


def _is_of_the_home(chart: Chart, around: Surroundings) -> bool:
    """Tell whether a gateway's silence is that of its home, or will be known to be within the minute."""
    rules = chart.plan.rules.of(QuietHomeRule)
    return any(_fell_together(chart, rule, around, after_ms=_FALLING_MS) for rule in rules)


def _fell_together(chart: Chart, rule: QuietHomeRule, around: Surroundings, *, after_ms: int) -> bool:
    heard_ms = [each.heard_ms for each in around.gateways if not _is_ours(each, around)]
    if len(heard_ms) <= 1 or len(heard_ms) < len(around.gateways):
        return False
    is_quiet = chart.now_ms - max(heard_ms) >= after_ms
    return is_quiet and max(heard_ms) - min(heard_ms) <= rule.within_s * 1000


def _is_due(chart: Chart, rule: QuietHomeRule, heard: GatewayHeard) -> bool:
    wait_s = rule.wait_s(is_online=heard.is_online)
    return wait_s is not None and chart.now_ms - heard.heard_ms >= wait_s * 1000


# --- Gateways ---------------------------------------------------------------------------------------


def _judge_gateway(chart: Chart, heard: GatewayHeard, around: Surroundings) -> None:
    """Tell a gateway's silence once, by what was known of it when it was told."""
    rules = [rule for rule in chart.plan.rules.of(GatewaySilenceRule) if not isinstance(rule, QuietHomeRule)]
    quiet_ms = chart.now_ms - heard.heard_ms
    for rule in rules:
        if quiet_ms < rule.soonest_s * 1000:
            chart.recover(rule, heard.gateway, chart.now_ms)
    is_told = any(chart.find(rule, heard.gateway) for rule in rules)
    if is_told or _is_ours(heard, around) or _is_of_the_home(chart, around):
        return
    for rule in rules:
        wait_s = rule.wait_s(is_online=heard.is_online)
        if wait_s is not None and quiet_ms >= wait_s * 1000:
            finding = Finding(devices=heard.devices, hold_s=wait_s)
            _raise(chart, rule, heard.gateway, finding, heard.heard_ms)


def _judge_alarm(chart: Chart, rule: GatewayAlarmRule, heard: GatewayHeard) -> None:
    if rule.alarm not in heard.alarms:
        chart.recover(rule, heard.gateway, chart.now_ms)
    elif chart.find(rule, heard.gateway) is None:
        _raise(chart, rule, heard.gateway, Finding(devices=heard.devices), chart.now_ms)


# --- Devices ----------------------------------------------------------------------------------------


def _judge_device(chart: Chart, rule: QuietDeviceRule, device: str, around: Surroundings) -> None:
    memory = chart.devices[device]
    if memory.data_received_ms is None:
        return
    if memory.is_away or _is_explained(chart, rule, device):
        chart.recover(rule, device, chart.now_ms)
        return
    before = [heard for heard in around.gateways if device in heard.devices]
    if any(_is_ours(heard, around) for heard in before):
        return
    quiet_since_ms = max(
        memory.data_received_ms,
        memory.explained_ms,
        around.watching_since_ms,
        *(heard.back_ms for heard in before),
    )
    if chart.now_ms - quiet_since_ms >= rule.after_s * 1000 and chart.find(rule, device) is None:
        _raise(chart, rule, device, Finding(devices=(device,), hold_s=rule.after_s), quiet_since_ms)


def _judge_never_heard(chart: Chart, rule: NeverHeardRule, device: str, around: Surroundings) -> None:
    """Miss a device that was bound and of which nothing ever came, from when it was first looked for."""
    memory = chart.devices.get(device, DeviceMemory())
    if memory.data_received_ms is not None or memory.report_ms >= 0:
        chart.recover(rule, device, chart.now_ms)
        return
    if memory.expected_ms is None or memory.expected_ms > chart.now_ms:
        chart.devices[device] = msgspec.structs.replace(memory, expected_ms=chart.now_ms)
        return
    since_ms = max(memory.expected_ms, around.watching_since_ms)
    is_due = chart.now_ms - since_ms >= rule.after_s * 1000
    if is_due and around.deaf_since_ms is None and chart.find(rule, device) is None:
        _raise(chart, rule, device, Finding(devices=(device,), hold_s=rule.after_s), since_ms)


def _judge_outage(chart: Chart, rule: OutageRule, around: Surroundings) -> None:
    """Say that nobody watches any more, once every wearable that should be heard has been quiet so long."""
    heard_ms = {
        device: chart.devices[device].data_received_ms or 0
        for device in sorted(around.devices & chart.devices.keys())
        if not chart.devices[device].is_away and chart.devices[device].data_received_ms is not None
    }
    is_down = any(one.rule in rule.causes and one.alert is not None for one in chart.episodes.values())
    quiet_since_ms = max(around.watching_since_ms, *heard_ms.values(), 0)
    if not heard_ms or not is_down or chart.now_ms - quiet_since_ms < rule.after_s * 1000:
        chart.recover(rule, _WHOLE, chart.now_ms)
    elif chart.find(rule, _WHOLE) is None:
        finding = Finding(devices=tuple(heard_ms), hold_s=rule.after_s)
        _raise(chart, rule, _WHOLE, finding, quiet_since_ms)


_WHOLE: Final = "home"


def _is_explained(chart: Chart, rule: QuietDeviceRule, device: str) -> bool:
    return any(
        episode.rule in rule.inhibited_by and device in episode.devices for episode in chart.episodes.values()
    )


def _raise(chart: Chart, rule: Rule, source: str, finding: Finding, since_ms: int) -> None:
    episode = chart.begin(rule, source, devices=finding.devices, t_ms=since_ms)
    chart.activate(rule, episode, finding, noticed_ms=None)


def _let_go(chart: Chart, around: Surroundings) -> None:
    """End what nobody will hear of again; what a person has yet to see stays."""
    for (_, source), episode in list(chart.episodes.items()):
        rule = chart.rule_of(episode)
        if not rule.latched and _is_over(chart, rule, episode, around):
            chart.recover(rule, source, chart.now_ms)
    for device in chart.devices.keys() - around.devices:
        del chart.devices[device]


def _is_over(chart: Chart, rule: Rule, episode: Episode, around: Surroundings) -> bool:
    if not episode.devices:  # of the person, not of a wearable: what judges it ends it
        return False
    is_worn = bool(around.devices.intersection(episode.devices))
    if episode.life is AlertState.ACKNOWLEDGED and rule.family is Family.PHYSIOLOGICAL:
        return not is_worn or _is_abandoned(chart, episode.devices)
    return not is_worn and (rule.family is Family.TECHNICAL or episode.life is AlertState.PENDING)


def _is_abandoned(chart: Chart, devices: tuple[str, ...]) -> bool:
    heard_ms = (chart.device(device).data_received_ms for device in devices)
    return all(heard is None or chart.now_ms - heard >= ABANDONED_MS for heard in heard_ms)
