"""A patient's charts: what was measured over hours to a year; the address says what is shown.

The page draws each course coarsely by itself, with a table of it; scripts put charts in their place that can
be zoomed, moved and read at a cursor.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Annotated, Final
from urllib.parse import urlencode

import numpy as np
from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from cloud.access.guards import VisitedPatient, VitalsVisit
from cloud.access.paces import Effort
from cloud.alerts.wording.quantities import amount, capital, unit_words
from cloud.alerts.wording.texts import kind_name
from cloud.api.dependencies import ServicesOf
from cloud.api.reader import reader_of_this_answer
from cloud.api.routes import policed_router
from cloud.api.times import Period, PeriodQuery, period
from cloud.api.trends import trends_of
from cloud.ports import Point, Scope
from cloud.services import Services
from cloud.trends.course import DAY_MS, HOUR_MS, MINUTE_MS, Course, Line
from cloud.trends.reading import Span
from cloud.web.drawing import Box, Curve, curve
from cloud.web.rendering import render
from cloud.web.words import N_
from vitals.kinds import OBSERVATION_KINDS

router = policed_router("trend-pages", documented=False, effort=Effort.LOOK)

PERIODS: Final = (
    ("2h", 2 * HOUR_MS, N_("2 hours")),
    ("24h", DAY_MS, N_("24 hours")),
    ("3d", 3 * DAY_MS, N_("3 days")),
    ("7d", 7 * DAY_MS, N_("7 days")),
    ("30d", 30 * DAY_MS, N_("30 days")),
    ("90d", 90 * DAY_MS, N_("90 days")),
    ("1y", 365 * DAY_MS, N_("1 year")),
)
_USUAL: Final = "24h"
LONGEST_MS: Final = 366 * DAY_MS
_SHORTEST_MS: Final = 5 * MINUTE_MS
CHARTED: Final = (
    "heart_rate",
    "pulse_rate",
    "oxygen_saturation",
    "respiratory_rate",
    "body_temperature",
    "systolic_pressure",
    "diastolic_pressure",
    "glucose",
    "blood_glucose",
    "body_weight",
    "step_cadence",
)
"""What has single values that a chart tells something of, in the order of the page."""
_AT_FIRST: Final = 4
MOST_CHARTS: Final = 6
_BOX: Final = Box(width=960, height=160, margin=8)
_DRAWN: Final = 240
"""Into how many points a course is summed up that the page draws by itself."""
_ROWS: Final = 24
_STEPS_MS: Final = (
    10_000,
    30_000,
    MINUTE_MS,
    5 * MINUTE_MS,
    15 * MINUTE_MS,
    HOUR_MS,
    3 * HOUR_MS,
    6 * HOUR_MS,
    DAY_MS,
    2 * DAY_MS,
)


class TrendsQuery(PeriodQuery):
    """What is shown: kinds with commas between, and a period by its name or from when to when."""

    kinds: str = Field(default="", max_length=300)
    period: str = Field(default="", max_length=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """A stretch in numbers, in the reader's unit."""

    from_ms: int
    low: float
    mean: float
    high: float
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One course: as the page draws it, in numbers, and what a script needs to draw it better."""

    kind: str
    name: str
    unit: str
    factor: float
    course: Course
    drawn: Curve | None
    usual: tuple[float, float] | None
    rows: Sequence[TableRow]
    row_ms: int

    @property
    def nothing_ms(self) -> int:
        """Return for how long is said that nothing was measured."""
        return sum(each.to_ms - each.from_ms for each in self.course.gaps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What an address shows, and the addresses of what is beside it."""

    patient_id: str
    kinds: tuple[str, ...]
    span: Span
    period: str | None
    now_ms: int

    @property
    def length_ms(self) -> int:
        """Return how long the span is."""
        return self.span.to_ms - self.span.from_ms

    @property
    def is_up_to_now(self) -> bool:
        """Whether nothing later can be shown."""
        return self.span.to_ms >= self.now_ms

    def of_period(self, key: str) -> str:
        """Return the address of a period up to now."""
        return self._address({"period": key})

    def moved(self, share: float) -> str:
        """Return the address of a span so much of it later, or earlier."""
        to_ms = min(self.now_ms, self.span.to_ms + int(share * self.length_ms))
        return self._between(to_ms - self.length_ms, to_ms)

    def widened(self, factor: float) -> str:
        """Return the address of a span around the same middle, so many times as long."""
        length_ms = int(min(max(self.length_ms * factor, _SHORTEST_MS), LONGEST_MS))
        middle_ms = (self.span.from_ms + self.span.to_ms) // 2
        to_ms = min(self.now_ms, middle_ms + length_ms // 2)
        return self._between(to_ms - length_ms, to_ms)

    def with_kind(self, kind: str) -> str:
        """Return the address of the same span with a kind more, or without it."""
        others = [each for each in self.kinds if each != kind]
        kinds = others if kind in self.kinds and others else [*others[-MOST_CHARTS + 1 :], kind]
        return replace(self, kinds=tuple(kinds)).here()

    def here(self) -> str:
        """Return the address of what is shown."""
        if self.period is not None:
            return self.of_period(self.period)
        return self._between(self.span.from_ms, self.span.to_ms)

    def _between(self, from_ms: int, to_ms: int) -> str:
        return self._address({"from": str(max(0, from_ms)), "to": str(to_ms)})

    def _address(self, said: dict[str, str]) -> str:
        return f"/patients/{self.patient_id}/trends?{urlencode({'kinds': ','.join(self.kinds)} | said)}"


@router.get("/patients/{patient_id}/trends")
def trends_page(visit: VitalsVisit, services: ServicesOf, asked: Annotated[TrendsQuery, Query()]) -> Response:
    """Show the charts an address asks for."""
    now_ms = services.clock.wall_ms()
    measured = [kind for kind in CHARTED if kind in services.series.latest(visit.patient.id)]
    wanted = [kind for kind in asked.kinds.split(",") if kind in CHARTED]
    span, name = _span(asked, now_ms)
    shown = Shown(
        patient_id=visit.patient.id,
        kinds=tuple(dict.fromkeys(wanted or measured[:_AT_FIRST]))[:MOST_CHARTS],
        span=Span(from_ms=span.from_ms, to_ms=span.to_ms),
        period=name,
        now_ms=now_ms,
    )
    words = reader_of_this_answer().of_alerts().words
    return render(
        "trends.html",
        viewer=visit.viewer,
        patient=visit.patient,
        shown=shown,
        charts=[_chart(services, visit, kind, shown.span) for kind in shown.kinds],
        kinds=[(kind, capital(kind_name(kind, words))) for kind in CHARTED if kind in {*measured, *wanted}],
        most=MOST_CHARTS,
        periods=PERIODS,
        alerts_are_open=visit.shows(Scope.ALERTS),
    )


def _span(asked: TrendsQuery, now_ms: int) -> tuple[Period, str | None]:
    """Return the span asked for, and its name if it goes up to now."""
    lengths = {key: length_ms for key, length_ms, _ in PERIODS}
    if asked.from_ is None and asked.to is None:
        name = asked.period if asked.period in lengths else _USUAL
        return Period(now_ms + 1 - lengths[name], now_ms + 1), name
    return period(asked, now_ms=now_ms, default_ms=DAY_MS, longest_ms=LONGEST_MS), None


def _chart(services: Services, visit: VisitedPatient, kind: str, span: Span) -> Chart:
    trends, reader = trends_of(services), reader_of_this_answer().of_alerts()
    facts = services.facts.now(visit.patient.id)
    course = trends.course(visit.patient.id, kind, span, facts, with_alerts=visit.shows(Scope.ALERTS))
    length_ms = span.to_ms - span.from_ms
    row, factor = OBSERVATION_KINDS[kind], amount(1.0, OBSERVATION_KINDS[kind].ucum, reader)
    coarse = trends.summed(visit.patient.id, kind, span, _step_ms(length_ms, _DRAWN))
    row_ms = _step_ms(length_ms, _ROWS)
    return Chart(
        kind=kind,
        name=capital(kind_name(kind, reader.words)),
        unit=unit_words(row.ucum, reader),
        factor=factor,
        course=course,
        drawn=_drawn(coarse, course, factor),
        usual=_usual(course, factor),
        rows=_rows(coarse, row_ms, factor),
        row_ms=row_ms,
    )


def _step_ms(length_ms: int, most: int) -> int:
    least_ms = ceil(length_ms / most)
    return next((step for step in _STEPS_MS if step >= least_ms), ceil(least_ms / DAY_MS) * DAY_MS)


def _drawn(line: Line, course: Course, factor: float) -> Curve | None:
    points = [
        Point(t_ms=t_ms, value=mean * factor, quality=None, device="")
        for t_ms, mean in zip(line.t_ms.tolist(), line.mean.tolist(), strict=True)
    ]
    near = [each.limit * factor for each in course.limits if _is_near(each.limit, line)]
    return curve(points, course.from_ms, course.to_ms, _BOX, also=near)


def _is_near(limit: float, line: Line) -> bool:
    """Tell whether a limit can be shown without pressing the course flat."""
    if not len(line.mean):
        return False
    low, high = float(line.minimum.min()), float(line.maximum.max())
    reach = max(high - low, 10.0)
    return low - reach <= limit <= high + reach


def _usual(course: Course, factor: float) -> tuple[float, float] | None:
    if not course.usual:
        return None
    lows, highs = ([getattr(each, name) for each in course.usual] for name in ("low", "high"))
    return float(np.mean(lows)) * factor, float(np.mean(highs)) * factor


def _rows(line: Line, row_ms: int, factor: float) -> Sequence[TableRow]:
    """Sum the drawn points up further: each row is weighed by how many values it has."""
    place = line.t_ms // row_ms
    rows = []
    for each in np.unique(place).tolist():
        part = place == each
        count = line.count[part]
        rows.append(
            TableRow(
                from_ms=each * row_ms,
                low=float(line.minimum[part].min()) * factor,
                mean=float((line.mean[part] * count).sum() / count.sum()) * factor,
                high=float(line.maximum[part].max()) * factor,
                count=int(count.sum()),
            )
        )
    return rows
