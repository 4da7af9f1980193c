"""Missing data is itself an alarm: silence, by the server's clock, with the nearest cause told.

Nearest to us first: the service itself takes nothing in, then a gateway, then what it says of its radio,
then the device. What is explained by a nearer cause is not told beside it, and has time to be heard once
that is over. A time still to come was noted by a clock that was ahead: from then on it counts from when
that was seen.
"""

from collections.abc import Collection
from typing import Final

import msgspec

from cloud.alerts.judging.chart import Chart
from cloud.alerts.judging.gateways import is_ours, judge_gateways, state_silence
from cloud.alerts.judging.lasting import ABANDONED_MS
from cloud.alerts.judging.state import DeviceMemory, Episode
from cloud.alerts.judging.surroundings import Surroundings
from cloud.alerts.rules.rows import LastingRule, NeverHeardRule, OutageRule, QuietDeviceRule, Rule
from cloud.alerts.wording.explanation import Finding
from cloud.ports import AlertState, Family
from vitals.scores.news2 import CURRENT_FOR_MS

__all__ = ["UNTOLD_MS", "judge_silence"]

UNTOLD_MS: Final = CURRENT_FOR_MS
"""A device that tells of other things alone: sooner, a score would tell anew of what somebody took on."""


def judge_silence(chart: Chart, around: Surroundings) -> None:
    """Judge from the nearest cause to the farthest, then let go of what nobody will hear of again."""
    rules = chart.plan.rules
    judge_gateways(chart, around)
    for device_rule in rules.of(QuietDeviceRule):
        for device in around.devices & chart.devices.keys():
            _judge_device(chart, device_rule, device, around)
    for never_rule in rules.of(NeverHeardRule):
        for device in around.devices:
            _judge_never_heard(chart, never_rule, device, around)
    for outage_rule in rules.of(OutageRule):
        _judge_outage(chart, outage_rule, around)
    _let_go(chart, around)


def _judge_device(chart: Chart, rule: QuietDeviceRule, device: str, around: Surroundings) -> None:
    memory = chart.devices[device]
    if memory.data_received_ms is None:
        return
    if memory.is_away or _is_explained(chart, rule, device):
        chart.recover(rule, device, chart.now_ms)
        return
    before = [heard for heard in around.gateways if device in heard.devices]
    if any(is_ours(heard, around) for heard in before):
        return
    quiet_since_ms = max(
        memory.data_received_ms,
        memory.explained_ms,
        around.watching_since_ms,
        *(heard.back_ms for heard in before),
    )
    wait_s = rule.wait_s(memory.newest_ms.keys())
    if chart.now_ms - quiet_since_ms >= wait_s * 1000 and chart.find(rule, device) is None:
        state_silence(chart, rule, device, Finding(devices=(device,), hold_s=wait_s), quiet_since_ms)


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
        state_silence(chart, rule, device, Finding(devices=(device,), hold_s=rule.after_s), since_ms)


_WHOLE: Final = "home"


def _judge_outage(chart: Chart, rule: OutageRule, around: Surroundings) -> None:
    """Say that nobody watches any more, once every wearable that should be heard has been quiet so long."""
    heard_ms = {
        device: chart.devices[device].data_received_ms or 0
        for device in sorted(around.devices & chart.devices.keys())
        if not chart.devices[device].is_away and chart.devices[device].data_received_ms is not None
        if not _stands(chart, rule.unless, device)
    }
    is_down = any(one.rule in rule.causes and one.alert is not None for one in chart.episodes.values())
    quiet_since_ms = max(around.watching_since_ms, *heard_ms.values(), 0)
    if not heard_ms or not is_down or chart.now_ms - quiet_since_ms < rule.after_s * 1000:
        chart.recover(rule, _WHOLE, chart.now_ms)
    elif chart.find(rule, _WHOLE) is None:
        finding = Finding(devices=tuple(heard_ms), hold_s=rule.after_s)
        state_silence(chart, rule, _WHOLE, finding, quiet_since_ms)


def _is_explained(chart: Chart, rule: QuietDeviceRule, device: str) -> bool:
    return _stands(chart, rule.inhibited_by, device)


def _stands(chart: Chart, conditions: Collection[str], device: str) -> bool:
    return any(one.rule in conditions and device in one.devices for one in chart.episodes.values())


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
        return not is_worn or _is_abandoned(chart, rule, episode)
    return not is_worn and (rule.family is Family.TECHNICAL or episode.life is AlertState.PENDING)


def _is_abandoned(chart: Chart, rule: Rule, episode: Episode) -> bool:
    """Tell whether nothing more will come of it: its devices are not heard, or tell of other things alone."""
    memories = [chart.device(device) for device in episode.devices]
    heard_ms = (memory.data_received_ms for memory in memories)
    if all(heard is None or chart.now_ms - heard >= ABANDONED_MS for heard in heard_ms):
        return True
    told_ms = max((t_ms for memory in memories for t_ms in memory.newest_ms.values()), default=0)
    return isinstance(rule, LastingRule) and told_ms - episode.newest_ms >= UNTOLD_MS
