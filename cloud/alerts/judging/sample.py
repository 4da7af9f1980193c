"""One value to be judged, and what is told of it where it is beyond a limit."""

from typing import NamedTuple

from cloud.alerts.judging.chart import Chart
from cloud.alerts.judging.lasting import Look, judge_lasting
from cloud.alerts.rules.rows import LimitRule
from cloud.alerts.wording.explanation import Finding
from vitals.kinds import OBSERVATION_KINDS

__all__ = ["Sample", "judge_limit"]


class Sample(NamedTuple):
    """A value of a device's, rounded as it is charted."""

    device: str
    t_ms: int
    value: float
    quality: float | None


def judge_limit(chart: Chart, rule: LimitRule, sample: Sample) -> None:
    """Hold a value, or what was read from several, against one limit."""
    look = Look(
        source=sample.device,
        devices=(sample.device,),
        t_ms=sample.t_ms,
        is_beyond=rule.is_beyond(sample.value),
        is_clear=rule.is_clear(sample.value),
    )
    judge_lasting(chart, rule, look, lambda: _finding(rule, sample))


def _finding(rule: LimitRule, sample: Sample) -> Finding:
    return Finding(
        devices=(sample.device,),
        value=sample.value,
        limit=rule.limit,
        unit=OBSERVATION_KINDS[rule.kind].ucum,
        quality=sample.quality,
        kind=rule.kind,
        direction=rule.direction,
        hold_s=rule.told_s,
    )
