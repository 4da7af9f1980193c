"""What is judged of the whole person: after a slice, and while time passes."""

from typing import Final

from cloud.alerts.judging.chart import Chart
from cloud.alerts.judging.newest import newest_values
from cloud.alerts.judging.scores import judge_scores
from cloud.alerts.judging.usual import judge_nights, judge_unusual

__all__ = ["judge_measured", "judge_person"]

EVERY_MS: Final = 60_000
"""How often what is measured is looked at: its values are medians of five minutes."""


def judge_measured(chart: Chart) -> None:
    """Look at what a slice brought, by the time it was measured at."""
    if not chart.has_news:
        return
    newest_ms = max(points[-1][0] for points in chart.newest.values())
    if 0 <= newest_ms - chart.looked_ms < EVERY_MS:
        return
    chart.looked_ms = newest_ms
    values = newest_values(chart)
    judge_scores(chart, values, newest_ms, newest_ms)
    judge_unusual(chart, values)


def judge_person(chart: Chart) -> None:
    """Look at what is known by now: values have grown older, somebody said something, a night is over."""
    values = newest_values(chart)
    judge_scores(chart, values, chart.now_ms, None)
    judge_unusual(chart, values)
    judge_nights(chart)
