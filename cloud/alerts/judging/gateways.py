"""Silence before a patient's devices: of the service itself, of the home, of each gateway, of its radio."""

from typing import Final

from cloud.alerts.judging.chart import Chart
from cloud.alerts.judging.surroundings import GatewayHeard, Surroundings
from cloud.alerts.rules.rows import (
    DeafCloudRule,
    GatewayAlarmRule,
    GatewaySilenceRule,
    QuietHomeRule,
    Rule,
)
from cloud.alerts.wording.explanation import Finding

__all__ = ["is_ours", "judge_gateways", "state_silence"]


def judge_gateways(chart: Chart, around: Surroundings) -> None:
    """Judge from the service outward."""
    rules = chart.plan.rules
    for deaf_rule in rules.of(DeafCloudRule):
        _judge_cloud(chart, deaf_rule, around)
    for home_rule in rules.of(QuietHomeRule):
        _judge_home(chart, home_rule, around)
    for heard in around.gateways:
        _judge_gateway(chart, heard, around)
        for alarm_rule in rules.of(GatewayAlarmRule):
            _judge_alarm(chart, alarm_rule, heard)


def is_ours(heard: GatewayHeard, around: Surroundings) -> bool:
    """Tell whether a gateway is unheard for a reason on our side."""
    return heard.fell_together or (
        around.deaf_since_ms is not None and heard.heard_ms <= around.deaf_since_ms
    )


def state_silence(chart: Chart, rule: Rule, source: str, finding: Finding, since_ms: int) -> None:
    """Tell of a silence at once: it has lasted."""
    episode = chart.begin(rule, source, devices=finding.devices, t_ms=since_ms)
    chart.activate(rule, episode, finding, noticed_ms=None)


# --- The service itself -----------------------------------------------------------------------------


_OURS: Final = "service"


def _judge_cloud(chart: Chart, rule: DeafCloudRule, around: Surroundings) -> None:
    """Say, after a while, that nothing comes in by no fault of this home."""
    unheard = [heard for heard in around.gateways if is_ours(heard, around)]
    if not unheard:
        chart.recover(rule, _OURS, chart.now_ms)
        return
    since_ms = min(heard.heard_ms for heard in unheard)
    if chart.now_ms - since_ms >= rule.after_s * 1000 and chart.find(rule, _OURS) is None:
        devices = tuple(sorted(device for heard in unheard for device in heard.devices))
        state_silence(chart, rule, _OURS, Finding(devices=devices, hold_s=rule.after_s), since_ms)


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
        state_silence(chart, rule, _HOME, Finding(devices=devices, hold_s=hold_s), since_ms)


def _is_of_the_home(chart: Chart, around: Surroundings) -> bool:
    """Tell whether a gateway's silence is that of its home, or will be known to be within the minute."""
    rules = chart.plan.rules.of(QuietHomeRule)
    return any(_fell_together(chart, rule, around, after_ms=_FALLING_MS) for rule in rules)


def _fell_together(chart: Chart, rule: QuietHomeRule, around: Surroundings, *, after_ms: int) -> bool:
    """Tell whether there are several, none there as the broker says, and none unheard by our fault."""
    if len(around.gateways) <= 1 or any(each.is_online or is_ours(each, around) for each in around.gateways):
        return False
    heard_ms = [each.heard_ms for each in around.gateways]
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
    if is_told or is_ours(heard, around) or _is_of_the_home(chart, around):
        return
    for rule in rules:
        wait_s = rule.wait_s(is_online=heard.is_online)
        if wait_s is not None and quiet_ms >= wait_s * 1000:
            finding = Finding(devices=heard.devices, hold_s=wait_s)
            state_silence(chart, rule, heard.gateway, finding, heard.heard_ms)


def _judge_alarm(chart: Chart, rule: GatewayAlarmRule, heard: GatewayHeard) -> None:
    if rule.alarm not in heard.alarms:
        chart.recover(rule, heard.gateway, chart.now_ms)
    elif chart.find(rule, heard.gateway) is None:
        state_silence(chart, rule, heard.gateway, Finding(devices=heard.devices), chart.now_ms)
