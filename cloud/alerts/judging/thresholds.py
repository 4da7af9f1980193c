"""Values against limits: how long a kind has been beyond, by the effective time of its samples."""

from typing import Final, NamedTuple

import msgspec

from cloud.alerts.judging.chart import Chart, SkipReason, is_doubtful, is_newer
from cloud.alerts.judging.state import Episode
from cloud.alerts.rules.rows import ThresholdRule
from cloud.alerts.wording.explanation import Finding
from cloud.ports import AlertState
from vitals.kinds import OBSERVATION_KINDS, ObservationKind
from vitals.records import ObservationRun

__all__ = ["LEAST_QUALITY", "judge_run"]

LEAST_QUALITY: Final = 0.5


class _Sample(NamedTuple):
    device: str
    t_ms: int
    value: float
    quality: float | None


def judge_run(chart: Chart, run: ObservationRun) -> None:
    """Judge every sample of a run against the limits of its kind, oldest first."""
    rules = chart.plan.rules.thresholds.get(run.kind, ())
    if not rules:
        return
    kind = OBSERVATION_KINDS[run.kind]
    for sample in _samples(run):
        reason = _unjudged(chart, kind, sample)
        if reason is not None:
            chart.skip(reason)
            continue
        chart.remember(kind.key, sample.t_ms, sample.value)
        rounded = round(sample.value / kind.resolution) * kind.resolution
        for rule in rules:
            _judge(chart, rule, sample._replace(value=rounded))


def _samples(run: ObservationRun) -> list[_Sample]:
    samples = [
        _Sample(run.device, t_ms, value, run.quality[at] if run.quality else None)
        for at, (t_ms, value) in enumerate(zip(run.t_ms, run.value, strict=True))
    ]
    return sorted(samples, key=lambda sample: sample.t_ms)


def _unjudged(chart: Chart, kind: ObservationKind, sample: _Sample) -> SkipReason | None:
    if is_doubtful(sample.t_ms, chart.received_ms):
        return SkipReason.CLOCK_DOUBTED
    memory = chart.device(sample.device)
    if not is_newer(sample.t_ms, memory.newest_ms.get(kind.key, -1), chart.received_ms):
        return SkipReason.NOT_NEWER
    newest = memory.newest_ms | {kind.key: sample.t_ms}
    chart.devices[sample.device] = msgspec.structs.replace(memory, newest_ms=newest)
    if not kind.is_plausible(sample.value):
        return SkipReason.IMPLAUSIBLE
    if sample.quality is not None and sample.quality < LEAST_QUALITY:
        return SkipReason.LOW_QUALITY
    return None


def _judge(chart: Chart, rule: ThresholdRule, sample: _Sample) -> None:
    episode = chart.find(rule, sample.device)
    if episode is None or episode.life is AlertState.PENDING:
        _await(chart, rule, episode, sample)
    else:
        _follow(chart, rule, episode, sample)


def _await(chart: Chart, rule: ThresholdRule, episode: Episode | None, sample: _Sample) -> None:
    """Raise once values have been beyond for long enough without a break."""
    is_beyond = rule.is_beyond(sample.value)
    if episode is not None and not (is_beyond and _is_joined(rule, episode, sample)):
        chart.recover(rule, sample.device, sample.t_ms)
        episode = None
    if not is_beyond:
        return
    episode = episode or chart.begin(rule, sample.device, devices=(sample.device,), t_ms=sample.t_ms)
    episode = msgspec.structs.replace(episode, newest_ms=sample.t_ms)
    chart.keep(episode)
    if sample.t_ms - episode.began_ms >= rule.hold_s * 1000:
        chart.activate(rule, episode, _finding(chart, rule, sample), noticed_ms=sample.t_ms)


def _follow(chart: Chart, rule: ThresholdRule, episode: Episode, sample: _Sample) -> None:
    """End an active episode once values are clear for long enough; acknowledged or not."""
    since = episode.clearing_ms if _is_joined(rule, episode, sample) else None
    since = (sample.t_ms if since is None else since) if rule.is_clear(sample.value) else None
    chart.keep(msgspec.structs.replace(episode, newest_ms=sample.t_ms, clearing_ms=since))
    if since is not None and sample.t_ms - since >= rule.clear_s * 1000:
        chart.recover(rule, episode.source, sample.t_ms)


def _is_joined(rule: ThresholdRule, episode: Episode, sample: _Sample) -> bool:
    return 0 <= sample.t_ms - episode.newest_ms <= rule.longest_gap_s * 1000


def _finding(chart: Chart, rule: ThresholdRule, sample: _Sample) -> Finding:
    return Finding(
        devices=(sample.device,),
        value=sample.value,
        limit=rule.limit,
        unit=OBSERVATION_KINDS[rule.kind].ucum,
        quality=sample.quality,
        kind=rule.kind,
        hold_s=rule.hold_s,
        history=tuple(chart.recent.get(rule.kind, ())),
    )
