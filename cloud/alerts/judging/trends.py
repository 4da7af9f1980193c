"""Changes and what lies ahead: the line through the last while of a quantity, held against limits."""

from dataclasses import dataclass
from typing import Self

from cloud.alerts.judging.chart import Chart
from cloud.alerts.judging.course import Line, Point, add, line_through
from cloud.alerts.judging.sample import Sample, judge_limit
from cloud.alerts.rules.by_kind import Trends
from cloud.alerts.rules.rows import CourseRule, ForecastRule
from vitals.kinds import OBSERVATION_KINDS
from vitals.records import ObservationRun

__all__ = ["TrendDetector"]


@dataclass(slots=True, kw_only=True)
class TrendDetector:
    """Judges one run. The line is drawn with each new point of the course, not with each sample."""

    chart: Chart
    trends: Trends
    kind: str
    device: str
    points: list[Point]

    @classmethod
    def over(cls, chart: Chart, run: ObservationRun) -> Self | None:
        """Take up the course of a device's kind, if any row reads it."""
        trends = chart.plan.rules.trends.get(run.kind)
        if trends is None:
            return None
        points = list(chart.device(run.device).courses.get(run.kind, ()))
        return cls(chart=chart, trends=trends, kind=run.kind, device=run.device, points=points)

    def take(self, t_ms: int, value: float, quality: float | None) -> None:
        """Add a value to the course; too few points, or too short a while, say nothing either way."""
        trends = self.trends
        if not add(self.points, t_ms, value, span_ms=trends.span_ms, gap_ms=trends.gap_ms):
            return
        lines: dict[int, Line | None] = {}
        for rule in trends.rules:
            if rule.within_s not in lines:
                lines[rule.within_s] = line_through(self.points, 1000 * rule.within_s)
            line = lines[rule.within_s]
            if line is not None:
                read = self._charted(self._read(rule, line))
                judge_limit(self.chart, rule, Sample(self.device, t_ms, read, quality))

    def close(self) -> None:
        """Keep the course for the next run."""
        self.chart.keep_course(self.device, self.kind, self.points)

    def _read(self, rule: CourseRule, line: Line) -> float:
        """Return what a row reads of a line; a forecast ends at what a living wearer can show."""
        if isinstance(rule, ForecastRule):
            low, high = OBSERVATION_KINDS[self.kind].plausible
            return min(max(line.ahead(1000 * rule.ahead_s), low), high)
        return line.change_in(1000 * rule.within_s)

    def _charted(self, value: float) -> float:
        return OBSERVATION_KINDS[self.kind].charted(value)
