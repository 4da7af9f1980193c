"""Values against limits: how long a kind has been beyond, by the effective time of its samples."""

from collections.abc import Sequence
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
    limits = chart.plan.rules.limits.get(run.kind)
    if limits is None:
        return
    kind = OBSERVATION_KINDS[run.kind]
    memory = chart.device(run.device)
    newest_ms = memory.newest_ms.get(run.kind, -1)
    is_calm = not _is_watched(chart, limits.rules, run.device)
    for t_ms, value, quality in _samples(run):
        reason = _undated(chart, t_ms, newest_ms)
        if reason is None:
            newest_ms = t_ms
            reason = _unfit(kind, value, quality)
        if reason is not None:
            chart.leave_out(kind.key, reason)
            continue
        chart.remember(run.kind, t_ms, value)
        rounded = round(value / kind.resolution) * kind.resolution
        if is_calm and limits.above < rounded < limits.below:
            continue
        for rule in limits.rules:
            _judge(chart, rule, _Sample(run.device, t_ms, rounded, quality))
        is_calm = not _is_watched(chart, limits.rules, run.device)
    chart.note_newest(run.device, run.kind, newest_ms)


def _samples(run: ObservationRun) -> list[tuple[int, float, float | None]]:
    """Return time, value and quality of each, by time."""
    quality: Sequence[float | None] = run.quality or [None] * len(run.value)
    return sorted(zip(run.t_ms, run.value, quality, strict=True), key=_time_of)


def _time_of(sample: tuple[int, float, float | None]) -> int:
    return sample[0]


def _undated(chart: Chart, t_ms: int, newest_ms: int) -> SkipReason | None:
    if is_doubtful(t_ms, chart.received_ms):
        return SkipReason.CLOCK_DOUBTED
    return None if is_newer(t_ms, newest_ms, chart.received_ms) else SkipReason.NOT_NEWER


def _unfit(kind: ObservationKind, value: float, quality: float | None) -> SkipReason | None:
    if not kind.is_plausible(value):
        return SkipReason.IMPLAUSIBLE
    return SkipReason.LOW_QUALITY if quality is not None and quality < LEAST_QUALITY else None


def _is_watched(chart: Chart, rules: Sequence[ThresholdRule], device: str) -> bool:
    """Tell whether an episode of a device is under way that the next sample may end or raise."""
    return any((rule.key, device) in chart.episodes for rule in rules)


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
        direction=rule.direction,
        hold_s=rule.hold_s,
        history=tuple(chart.recent.get(rule.kind, ())),
    )
