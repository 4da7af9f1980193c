"""Curves on paper: what is not known is left blank, and nothing is told by colour alone."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from reportlab.lib.units import mm
from reportlab.platypus.flowables import Flowable

from cloud.alerts.wording.quantities import MMOL_PER_L, amount
from cloud.reports.glucose import PERCENTILES, STEPS, Glucose
from cloud.reports.news_course import EMERGENCY, URGENT, NewsCourse
from cloud.reports.period import Period
from cloud.reports.spread import Day
from cloud.web.paper.pen import ACCENT, BAND, BAND_WIDE, GRID, GRID_BOLD, INK, LINE, SOFT, Look, OnPaper, Pen
from cloud.web.paper.sheet import WIDTH

__all__ = ["Bar", "DayCourse", "GlucoseProfile", "NewsChart"]

_LEFT: Final = 26.0
_BOTTOM: Final = 12.0
_HOURS: Final = 24
_PROFILE_MG_PER_DL: Final = (40.0, 350.0)
_HIGHEST_NEWS: Final = 20
_MG_PER_DL: Final = "mg/dL"
_MEDIAN: Final = 2
_APART: Final = 7.0
_TICKS: Final[Mapping[str, tuple[float, ...]]] = {
    MMOL_PER_L: (6.0, 9.0, 12.0, 15.0, 18.0),
    _MG_PER_DL: (100.0, 150.0, 200.0, 250.0, 300.0),
}
_Curve = NDArray[np.float64]


class _Box(NamedTuple):
    """A plot's place on its canvas, in points, and what its edges stand for."""

    left: float
    bottom: float
    right: float
    top: float
    first: float
    last: float
    low: float
    high: float

    def x(self, value: float) -> float:
        return self.left + (value - self.first) / (self.last - self.first) * (self.right - self.left)

    def y(self, value: float) -> float:
        held = min(max(value, self.low), self.high)
        return self.bottom + (held - self.low) / (self.high - self.low) * (self.top - self.bottom)


class GlucoseProfile(Flowable):  # type: ignore[misc]
    """The ambulatory glucose profile: median, half and nine tenths of the readings, over the day."""

    def __init__(self, pen: Pen, found: Glucose) -> None:
        super().__init__()
        self._pen, self._found = pen, found
        self.width, self.height = WIDTH, 72 * mm

    def draw(self) -> None:
        """Draw it."""
        canvas, curves = self.canv, self._found.profile.curves
        low, high = _PROFILE_MG_PER_DL
        box = _Box(_LEFT, _BOTTOM, self.width - 30, self.height - 4, 0, STEPS, low, high)
        self._grid(box)
        for outer, inner, colour in ((0, 4, BAND_WIDE), (1, 3, BAND)):
            for steps in _known(curves[_MEDIAN]):
                _area(canvas, box, steps, (curves[outer], curves[inner]), colour)
        self._targets(box)
        for row, width in ((0, 0.4), (4, 0.4), (2, 1.6)):
            canvas.setStrokeColor(INK if row == _MEDIAN else SOFT)
            canvas.setLineWidth(width)
            for steps in _known(curves[_MEDIAN]):
                _line(canvas, [(box.x(step), box.y(curves[row, step])) for step in steps])
        self._names(box, curves)

    def _grid(self, box: _Box) -> None:
        canvas, pen = self.canv, self._pen
        canvas.setLineWidth(0.4)
        for hour in range(0, _HOURS + 1, 3):
            x = box.x(hour * STEPS / _HOURS)
            canvas.setStrokeColor(GRID)
            canvas.line(x, box.bottom, x, box.top)
            pen.draw(canvas, (x, 2), f"{hour:02d}:00", Look(anchor=0.5))
        for tick in _TICKS[pen.reader.glucose_unit]:
            y = box.y(tick / amount(1.0, _MG_PER_DL, pen.reader))
            canvas.setStrokeColor(GRID)
            canvas.line(box.left, y, box.right, y)
            pen.draw(canvas, (box.left - 3, y - 2.5), pen.number(tick), Look(anchor=1.0))

    def _targets(self, box: _Box) -> None:
        canvas, target = self.canv, self._found.target
        canvas.setStrokeColor(ACCENT)
        canvas.setLineWidth(1.0)
        for bound in (target.low, target.high):
            canvas.line(box.left, box.y(bound), box.right, box.y(bound))
            place = (box.right + 3, box.y(bound) - 2.5)
            self._pen.draw(canvas, place, self._said(bound), Look(bold=True, colour=ACCENT))
        canvas.setStrokeColor(SOFT)
        canvas.setDash(2, 2)
        canvas.line(box.left, box.y(target.very_low), box.right, box.y(target.very_low))
        canvas.setDash()
        place = (box.right + 3, box.y(target.very_low) - 2.5)
        self._pen.draw(canvas, place, self._said(target.very_low))

    def _names(self, box: _Box, curves: NDArray[np.float64]) -> None:
        """Name the curves above their right ends."""
        known = np.flatnonzero(np.isfinite(curves[_MEDIAN]))
        above = -np.inf
        for row, share in enumerate(PERCENTILES if len(known) else ()):
            y = max(box.y(curves[row, known[-1]]) + 2, above + _APART)
            look = Look(anchor=1.0, bold=row == _MEDIAN, colour=INK)
            self._pen.draw(self.canv, (box.x(known[-1]), y), self._pen.percent(share / 100), look)
            above = y

    def _said(self, mg_per_dl: float) -> str:
        value = amount(mg_per_dl, _MG_PER_DL, self._pen.reader)
        return self._pen.number(value, 0 if value == mg_per_dl else 1)


class NewsChart(Flowable):  # type: ignore[misc]
    """NEWS2 hour by hour: a band from what is certain to what may hide behind what is missing."""

    def __init__(self, pen: Pen, found: NewsCourse, period: Period) -> None:
        super().__init__()
        self._pen, self._found, self._period = pen, found, period
        self.width, self.height = WIDTH, 46 * mm

    def draw(self) -> None:
        """Draw it."""
        canvas, pen, period = self.canv, self._pen, self._period
        box = _Box(
            _LEFT, _BOTTOM, self.width, self.height - 4, period.from_ms, period.to_ms, 0, _HIGHEST_NEWS
        )
        _day_marks(canvas, pen, box, period)
        hour = box.x(period.from_ms + 3_600_000) - box.left
        canvas.setFillColor(BAND_WIDE)
        for each in self._found.hours:
            y = box.y(each.lowest)
            canvas.rect(box.x(each.t_ms) - hour, y, hour, box.y(each.highest) - y, stroke=0, fill=1)
        canvas.setStrokeColor(SOFT)
        canvas.setLineWidth(0.5)
        for score in (0, URGENT, EMERGENCY, _HIGHEST_NEWS):
            canvas.setDash(2, 2)
            canvas.line(box.left, box.y(score), box.right, box.y(score))
            canvas.setDash()
            pen.draw(canvas, (box.left - 3, box.y(score) - 2.5), pen.number(score), Look(anchor=1.0))
        canvas.setStrokeColor(INK)
        canvas.setLineWidth(1.4)
        for each in self._found.hours:
            y = box.y(each.lowest)
            canvas.line(box.x(each.t_ms) - hour, y, box.x(each.t_ms), y)


class DayCourse(Flowable):  # type: ignore[misc]
    """A kind day by day, small: the median in the usual range; days without it are blank."""

    def __init__(self, days: Sequence[Day], first: date, of_days: int, width: float) -> None:
        super().__init__()
        self._days, self._first, self._of_days = days, first, of_days
        self.width, self.height = width, 9 * mm

    def draw(self) -> None:
        """Draw it."""
        canvas = self.canv
        low, high = min(day.low for day in self._days), max(day.high for day in self._days)
        room = (high - low or 1.0) * 0.1
        box = _Box(0, 1, self.width, self.height - 1, 0, self._of_days, low - room, high + room)
        canvas.setStrokeColor(LINE)
        canvas.setLineWidth(0.4)
        canvas.line(0, 0.5, self.width, 0.5)
        width = self.width / self._of_days
        for day in self._days:
            x, y = box.x((day.day - self._first).days), box.y(day.low)
            canvas.setFillColor(BAND)
            canvas.rect(x + width * 0.12, y, width * 0.76, max(0.8, box.y(day.high) - y), stroke=0, fill=1)
            canvas.setStrokeColor(INK)
            canvas.setLineWidth(1.2)
            canvas.line(x + width * 0.12, box.y(day.median), x + width * 0.88, box.y(day.median))


class Bar(Flowable):  # type: ignore[misc]
    """A share as the length of a bar, with the bound it is held against as a stroke."""

    def __init__(self, share: float, bound: float | None, width: float) -> None:
        super().__init__()
        self._share, self._bound = share, bound
        self.width, self.height = width, 9.0

    def draw(self) -> None:
        """Draw it."""
        canvas = self.canv
        canvas.setFillColor(BAND_WIDE)
        canvas.rect(0, 1, self.width, 7, stroke=0, fill=1)
        canvas.setFillColor(ACCENT)
        canvas.rect(0, 1, self.width * self._share, 7, stroke=0, fill=1)
        if self._bound is not None:
            canvas.setStrokeColor(INK)
            canvas.setLineWidth(1.2)
            canvas.line(self.width * self._bound, -0.5, self.width * self._bound, 9.5)


def _day_marks(canvas: OnPaper, pen: Pen, box: _Box, period: Period) -> None:
    """Draw a line at the beginning of days, as many as can be read."""
    local = pen.local.reader.local
    days = list(period.days(local))
    every = max(1, -(-len(days) // 10))
    for at, day in enumerate(days):
        x = box.x(max(period.from_ms, local.ms(day, 0)))
        canvas.setStrokeColor(GRID_BOLD if at % every == 0 else GRID)
        canvas.setLineWidth(0.4)
        canvas.line(x, box.bottom, x, box.top)
        if at % every == 0:
            pen.draw(canvas, (x, 2), pen.local.short_day(local.ms(day, 12)))


def _known(curve: NDArray[np.float64]) -> Iterator[list[int]]:
    """Yield the stretches of a curve without a blank in them."""
    for is_known, steps in groupby(range(len(curve)), key=lambda step: bool(np.isfinite(curve[step]))):
        if is_known:
            yield list(steps)


def _area(
    canvas: OnPaper, box: _Box, steps: Sequence[int], between: tuple[_Curve, _Curve], colour: OnPaper
) -> None:
    low, high = between
    path = canvas.beginPath()
    path.moveTo(box.x(steps[0]), box.y(low[steps[0]]))
    for step in steps[1:]:
        path.lineTo(box.x(step), box.y(low[step]))
    for step in reversed(steps):
        path.lineTo(box.x(step), box.y(high[step]))
    path.close()
    canvas.setFillColor(colour)
    canvas.drawPath(path, stroke=0, fill=1)


def _line(canvas: OnPaper, places: Sequence[tuple[float, float]]) -> None:
    path = canvas.beginPath()
    path.moveTo(*places[0])
    for place in places[1:]:
        path.lineTo(*place)
    canvas.drawPath(path, stroke=1, fill=0)
