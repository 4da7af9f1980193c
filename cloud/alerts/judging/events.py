"""What gateways conclude: an onset raises, its end resolves, in whatever order they come."""

from typing import Final

from cloud.alerts.judging.chart import Chart, SkipReason, is_doubtful
from cloud.alerts.judging.gathered import Gathered
from cloud.alerts.judging.state import EndedEvent
from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.rules.rows import EventRule
from cloud.alerts.rules.ruleset import STANDARD
from cloud.alerts.wording.explanation import Finding
from vitals.records import HealthEvent, Phase

__all__ = ["judge_event"]

_UNKNOWN: Final = RULES["unknown-event"]


def judge_event(chart: Chart, event: HealthEvent) -> None:
    """Raise, resolve or, for a condition no rule names, say that somebody should look."""
    rule = chart.plan.rules.events.get(event.condition)
    if rule is not None:
        turn = _begin if event.phase is Phase.ONSET else _end
        turn(chart, rule, event)
        chart.gathered.append(Gathered(of=rule.key, samples=[(event.t_ms, None)], is_telling=True))
    elif event.condition in STANDARD.events:
        chart.skip(SkipReason.NOT_WATCHED)
    else:
        _say_unknown(chart, event)


def _begin(chart: Chart, rule: EventRule, event: HealthEvent) -> None:
    ended = chart.ended.get(event.event_id)
    if chart.find(rule, event.event_id) is not None or (ended is not None and ended.raised):
        chart.skip(SkipReason.NOT_NEWER)
        return
    _supersede(chart, rule, event)
    episode = chart.begin(rule, event.event_id, devices=(event.device,), t_ms=event.t_ms)
    chart.activate(rule, episode, _finding(rule, event), noticed_ms=_noticed_ms(chart, event))
    if ended is not None:
        _close(chart, rule, event.event_id, ended.ended_ms)


def _end(chart: Chart, rule: EventRule, event: HealthEvent) -> None:
    if chart.find(rule, event.event_id) is not None:
        _close(chart, rule, event.event_id, event.t_ms)
    elif event.event_id not in chart.ended:
        chart.ended[event.event_id] = EndedEvent(event_id=event.event_id, ended_ms=event.t_ms, raised=False)


def _close(chart: Chart, rule: EventRule, event_id: str, t_ms: int) -> None:
    chart.recover(rule, event_id, t_ms)
    chart.ended[event_id] = EndedEvent(event_id=event_id, ended_ms=t_ms, raised=True)


def _supersede(chart: Chart, rule: EventRule, event: HealthEvent) -> None:
    """End an earlier episode of the device whose end was lost, as when its gateway lost power."""
    for earlier in chart.of(rule):
        if earlier.devices == (event.device,) and earlier.began_ms <= event.t_ms:
            _close(chart, rule, earlier.source, event.t_ms)


def _say_unknown(chart: Chart, event: HealthEvent) -> None:
    if event.phase is Phase.ONSET:
        finding = Finding(devices=(event.device,), reason=event.condition, evidence=event.evidence)
        chart.state_fact(
            _UNKNOWN, event.condition, finding, t_ms=event.t_ms, noticed_ms=_noticed_ms(chart, event)
        )


def _noticed_ms(chart: Chart, event: HealthEvent) -> int | None:
    """Return when the conclusion was complete: its windows take time, and that is no lateness."""
    return None if is_doubtful(event.noticed_ms, chart.received_ms) else event.noticed_ms


def _finding(rule: EventRule, event: HealthEvent) -> Finding:
    return Finding(
        devices=(event.device,),
        quality=event.signal_quality,
        evidence=event.evidence,
        history_kind=rule.history,
    )
