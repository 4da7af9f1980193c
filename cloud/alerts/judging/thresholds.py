"""Values against limits: how long a kind has been beyond, by the effective time of its samples."""

from dataclasses import dataclass
from typing import Self

from cloud.alerts.judging.chart import Chart
from cloud.alerts.judging.sample import Sample, judge_limit
from cloud.alerts.rules.by_kind import Limits
from vitals.records import ObservationRun

__all__ = ["ThresholdDetector"]


@dataclass(slots=True, kw_only=True)
class ThresholdDetector:
    """Judges one run. While nothing is under way, a value between all limits is passed over at once."""

    chart: Chart
    limits: Limits
    device: str
    is_calm: bool

    @classmethod
    def over(cls, chart: Chart, run: ObservationRun) -> Self | None:
        """Take the limits of the run's kind, if there are any."""
        limits = chart.plan.rules.limits.get(run.kind)
        if limits is None:
            return None
        return cls(
            chart=chart, limits=limits, device=run.device, is_calm=not _is_watched(chart, limits, run.device)
        )

    def take(self, t_ms: int, value: float, quality: float | None) -> None:
        """Hold a value against each limit."""
        limits = self.limits
        if self.is_calm and limits.above < value < limits.below:
            return
        sample = Sample(self.device, t_ms, value, quality)
        for rule in limits.rules:
            judge_limit(self.chart, rule, sample)
        self.is_calm = not _is_watched(self.chart, limits, self.device)

    def close(self) -> None:
        """Leave things as they are: all is in the episodes."""


def _is_watched(chart: Chart, limits: Limits, device: str) -> bool:
    """Tell whether an episode of a device is under way that the next sample may end or raise."""
    return bool(chart.episodes) and any((rule.key, device) in chart.episodes for rule in limits.rules)
