"""Values against what is usual for this one person: by the hour of their day, and by their nights."""

from typing import Final, NamedTuple

import msgspec

from cloud.alerts.judging.chart import Chart
from cloud.alerts.judging.lifecycle import alert_id
from cloud.alerts.judging.newest import Values, measuring
from cloud.alerts.judging.state import Episode
from cloud.alerts.rules.rows import Direction
from cloud.alerts.rules.scoring import BaselineRule, NightRule
from cloud.alerts.wording.explanation import Finding
from cloud.ports import AlertState
from vitals.features.baseline import Usual
from vitals.kinds import OBSERVATION_KINDS
from vitals.scores.news2 import CURRENT_FOR_MS
from vitals.scores.night_signal import NIGHT_HOURS, Night

__all__ = ["judge_nights", "judge_unusual"]

_NIGHT: Final = "night"
_UNMEASURED_MS: Final = 3 * 86_400_000
"""When nobody has measured a night for so long, nothing is known of nights any more."""


class _Reading(NamedTuple):
    """A value, and by how many spreads it is off in the direction that the row is about."""

    t_ms: int
    value: float
    off: float
    usual: Usual


def judge_unusual(chart: Chart, values: Values) -> None:
    """Hold the newest value of each quantity against what is usual at its hour; none is judged twice."""
    for rule in chart.plan.rules.of(BaselineRule):
        episode, reading = chart.find(rule, rule.kind), _reading(chart, rule, values)
        if reading is None:
            if episode is not None and chart.now_ms - episode.newest_ms > CURRENT_FOR_MS:
                chart.recover(rule, rule.kind, chart.now_ms)
        elif episode is None or episode.life is AlertState.PENDING:
            _await(chart, rule, episode, reading)
        elif reading.t_ms > episode.newest_ms:
            _follow(chart, rule, episode, reading)


def _reading(chart: Chart, rule: BaselineRule, values: Values) -> _Reading | None:
    """Return what is measured now beside what is usual; None where either is not known."""
    habits = chart.plan.habits
    if rule.kind not in values or rule.kind not in habits.by_hour:
        return None
    t_ms, value = values[rule.kind]
    usual = habits.usual(rule.kind, habits.hour(t_ms))
    if usual is None or usual.days < rule.least_days or chart.now_ms - t_ms > CURRENT_FOR_MS:
        return None
    off = usual.deviation(value) * (1 if rule.direction is Direction.ABOVE else -1)
    return _Reading(t_ms, value, off, usual)


def _await(chart: Chart, rule: BaselineRule, episode: Episode | None, reading: _Reading) -> None:
    """Raise once values have been unusual for long enough without a break."""
    is_off = reading.off >= rule.deviations
    if episode is not None and not (is_off and _is_joined(rule, episode, reading)):
        chart.recover(rule, rule.kind, reading.t_ms)
        episode = None
    if not is_off:
        return
    episode = episode or chart.begin(rule, rule.kind, devices=(), t_ms=reading.t_ms)
    if reading.t_ms > episode.newest_ms:
        episode = msgspec.structs.replace(episode, newest_ms=reading.t_ms)
        chart.keep(episode)
    if reading.t_ms - episode.began_ms >= rule.hold_s * 1000:
        chart.activate(rule, episode, _finding(chart, rule, reading), noticed_ms=reading.t_ms)


def _follow(chart: Chart, rule: BaselineRule, episode: Episode, reading: _Reading) -> None:
    """End an active episode once values are as usual for long enough."""
    since = episode.clearing_ms if _is_joined(rule, episode, reading) else None
    since = (reading.t_ms if since is None else since) if reading.off <= rule.clear_at else None
    chart.keep(msgspec.structs.replace(episode, newest_ms=reading.t_ms, clearing_ms=since))
    if since is not None and reading.t_ms - since >= rule.clear_s * 1000:
        chart.recover(rule, rule.kind, reading.t_ms)


def _is_joined(rule: BaselineRule, episode: Episode, reading: _Reading) -> bool:
    return 0 <= reading.t_ms - episode.newest_ms <= rule.longest_gap_s * 1000


def _finding(chart: Chart, rule: BaselineRule, reading: _Reading) -> Finding:
    kind = OBSERVATION_KINDS[rule.kind]
    off = rule.deviations if rule.direction is Direction.ABOVE else -rule.deviations
    return Finding(
        devices=measuring(chart, {rule.kind}),
        value=round(reading.value / kind.resolution) * kind.resolution,
        limit=round(reading.usual.median + off * reading.usual.spread, 1),
        unit=kind.ucum,
        kind=rule.kind,
        direction=rule.direction,
        hold_s=rule.hold_s,
    )


def judge_nights(chart: Chart) -> None:
    """Say once what the last night amounts to, for as long as nights go on being so."""
    night = chart.plan.habits.night
    for rule in chart.plan.rules.of(NightRule):
        if night is None or not night.is_settled:
            _forget_nights(chart, rule)
        elif night.alert in rule.alerts:
            _tell_night(chart, rule, night)
        else:
            chart.recover(rule, _NIGHT, chart.now_ms)


def _forget_nights(chart: Chart, rule: NightRule) -> None:
    episode = chart.find(rule, _NIGHT)
    if episode is not None and chart.now_ms - episode.newest_ms > _UNMEASURED_MS:
        chart.recover(rule, _NIGHT, chart.now_ms)


def _tell_night(chart: Chart, rule: NightRule, night: Night) -> None:
    ended_ms = chart.plan.habits.local.ms(night.date, NIGHT_HOURS[1])
    episode = chart.find(rule, _NIGHT)
    if alert_id(chart.patient_id, rule.key, _NIGHT, ended_ms) in chart.resolved:
        return
    if episode is None:
        episode = chart.begin(rule, _NIGHT, devices=(), t_ms=ended_ms)
        chart.activate(rule, episode, _of_night(chart, night), noticed_ms=None)
    elif ended_ms > episode.newest_ms:
        chart.keep(msgspec.structs.replace(episode, newest_ms=ended_ms))


def _of_night(chart: Chart, night: Night) -> Finding:
    return Finding(
        devices=measuring(chart, {"heart_rate"}),
        value=night.mean,
        limit=night.baseline,
        unit="/min",
    )
