"""Courses for charts: compact columns, no finer than a screen can show, with what belongs beside them."""

from math import isfinite
from typing import Annotated, Final

import numpy as np
from fastapi import Path, Query
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from cloud.access.guards import VitalsVisit
from cloud.access.paces import Effort
from cloud.alerts.rules.rows import Direction
from cloud.api.dependencies import ServicesOf
from cloud.api.observations import HOUR_MS, LONGEST_MS, known_kind
from cloud.api.routes import policed_router, problems
from cloud.api.times import PeriodQuery, iso, period
from cloud.ports import Family, Priority, Scope
from cloud.services import Services
from cloud.trends.course import Course, Line, breaks
from cloud.trends.reading import Span, Trends
from vitals.records import GapReason

router = policed_router("observations", effort=Effort.LOOK)

_DIGITS: Final = 4
_COLUMNS: Final = ("mean", "minimum", "maximum")


class StretchOut(BaseModel, from_attributes=True):
    """A stretch that was not measured, and why."""

    from_ms: int
    to_ms: int
    reason: GapReason


class UsualOut(BaseModel, from_attributes=True):
    """What is usual for the person from when to when."""

    from_ms: int
    to_ms: int
    low: float
    high: float


class LimitOut(BaseModel, from_attributes=True):
    """A limit in force now."""

    rule: str
    direction: Direction
    limit: float
    priority: Priority


class MarkerOut(BaseModel, from_attributes=True):
    """An alert raised in the period."""

    id: str
    condition: str
    priority: Priority
    family: Family
    raised_ms: int


class CourseOut(BaseModel):
    """A course in columns: entry i of each list belongs together; null where the line breaks.

    `mean`, `minimum` and `maximum` are of the values that can be judged.
    """

    kind: str
    unit: str = Field(description="UCUM.")
    from_: str = Field(alias="from", description="Start of the period, included, ISO 8601 UTC.")
    to: str = Field(description="End of the period, excluded, ISO 8601 UTC.")
    every_s: int = Field(description="How much one point sums up; 0: each value stands for itself.")
    t_ms: list[int]
    mean: list[float | None]
    minimum: list[float | None]
    maximum: list[float | None]
    gaps: list[StretchOut]
    short_gaps: int = Field(description="Gaps too short to be seen in so long a period.")
    usual: list[UsualOut]
    limits: list[LimitOut] = Field(description="Empty to whom alerts are not open.")
    alerts: list[MarkerOut] = Field(description="Those that are shown with this kind, the newest.")
    left_out: int = Field(description="Values that nobody can judge; not counted where points sum up.")
    omitted: int = Field(description="Older values, too many to be here: ask for less time.")


@router.get("/api/v1/patients/{patient_id}/observations/{kind}/course", responses=problems(404, 422, 503))
def course(
    visit: VitalsVisit,
    services: ServicesOf,
    kind: Annotated[str, Path(max_length=40)],
    query: Annotated[PeriodQuery, Query()],
) -> CourseOut:
    """Return a course as a chart draws it; without a period, the last 24 hours.

    Up to two hours each value stands for itself, up to three days a point is a minute, above it an hour.
    """
    row = known_kind(kind)
    asked = period(query, now_ms=services.clock.wall_ms(), default_ms=24 * HOUR_MS, longest_ms=LONGEST_MS)
    found = trends_of(services).course(
        visit.patient.id,
        kind,
        Span(from_ms=asked.from_ms, to_ms=asked.to_ms),
        services.facts.now(visit.patient.id),
        with_alerts=visit.shows(Scope.ALERTS),
    )
    return course_out(found, row.ucum)


def trends_of(services: Services) -> Trends:
    """Return what reads courses."""
    return Trends(
        series=services.series,
        rollups=services.rollups,
        occurrences=services.occurrences,
        early_warnings=services.early_warnings,
        alert_rules=services.alert_rules,
        burdens=services.burdens,
        local=services.local,
    )


def course_out(found: Course, ucum: str) -> CourseOut:
    """Return a course as the API shows it."""
    t_ms, columns = _broken(found.line, found.every_ms)
    return CourseOut.model_validate(
        {
            "kind": found.kind,
            "unit": ucum,
            "from": iso(found.from_ms),
            "to": iso(found.to_ms),
            "every_s": found.every_ms // 1_000,
            "t_ms": t_ms,
            **{name: columns[name] for name in _COLUMNS},
            "gaps": found.gaps,
            "short_gaps": found.short_gaps,
            "usual": found.usual,
            "limits": found.limits,
            "alerts": found.markers,
            "left_out": found.left_out,
            "omitted": found.omitted,
        }
    )


def _broken(line: Line, every_ms: int) -> tuple[list[int], dict[str, list[float | None]]]:
    """Return the columns with a null wherever nothing was measured between two points."""
    before = np.flatnonzero(breaks(line.t_ms, every_ms)) + 1
    t_ms = np.insert(line.t_ms, before, line.t_ms[before - 1] + 1)
    return t_ms.tolist(), {name: _column(getattr(line, name), before) for name in _COLUMNS}


def _column(values: NDArray[np.float64], before: NDArray[np.intp]) -> list[float | None]:
    spaced = np.insert(np.round(values, _DIGITS), before, np.nan)
    return [value if isfinite(value) else None for value in spaced.tolist()]
