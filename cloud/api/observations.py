"""Observations over time, and the newest of each kind."""

from http import HTTPStatus
from math import isnan
from typing import Annotated, Final

from fastapi import Path, Query
from pydantic import BaseModel, Field

from cloud.access.guards import VitalsVisit
from cloud.api.dependencies import ServicesOf
from cloud.api.gaps import GapOut, gaps_out
from cloud.api.problems import ProblemError
from cloud.api.routes import policed_router, problems
from cloud.api.times import Period, PeriodQuery, iso, period
from cloud.ports import Point, Series
from vitals.kinds import OBSERVATION_KINDS, ObservationKind

router = policed_router("observations")

HOUR_MS: Final = 3_600_000
LONGEST_MS: Final = 366 * 24 * HOUR_MS
MOST_POINTS: Final = 20_000


class ObservationsQuery(PeriodQuery):
    """The period, and how many values at most."""

    limit: int = Field(default=5_000, ge=1, le=MOST_POINTS)


class LatestOut(BaseModel):
    """The newest value of one kind. A value never stands alone: unit, time and quality are with it."""

    kind: str
    display: str
    unit: str = Field(description="UCUM.")
    value: float
    effective: str = Field(description="When it was true, ISO 8601 UTC.")
    t_ms: int
    quality: float | None = Field(description="0 unusable to 1 clean; null: not known.")
    device: str


class LatestsOut(BaseModel):
    """The newest value of each kind ever seen of a patient."""

    latest: list[LatestOut]


class ObservationsOut(BaseModel):
    """Values of one kind, oldest first, in columns: entry i of each list belongs together."""

    kind: str
    unit: str = Field(description="UCUM.")
    from_: str = Field(alias="from", description="Start of the period, included, ISO 8601 UTC.")
    to: str = Field(description="End of the period, excluded, ISO 8601 UTC.")
    t_ms: list[int]
    value: list[float]
    quality: list[float | None]
    device: list[int] = Field(description="Index into `devices`.")
    devices: list[str]
    gaps: list[GapOut]
    omitted: int = Field(description="How many older values of the period are not here: ask for less time.")


@router.get("/api/v1/patients/{patient_id}/observations", responses=problems(503))
def latest(visit: VitalsVisit, services: ServicesOf) -> LatestsOut:
    """Return the newest value of each kind."""
    newest = services.series.latest(visit.patient.id)
    return LatestsOut(
        latest=[
            _latest_out(OBSERVATION_KINDS[kind], point)
            for kind, point in sorted(newest.items())
            if kind in OBSERVATION_KINDS
        ]
    )


@router.get("/api/v1/patients/{patient_id}/observations/{kind}", responses=problems(404, 422, 503))
def observations(
    visit: VitalsVisit,
    services: ServicesOf,
    kind: Annotated[str, Path(max_length=40)],
    query: Annotated[ObservationsQuery, Query()],
) -> ObservationsOut:
    """Return values of one kind; without a period, the last hour. Beyond `limit`, the oldest are omitted."""
    row = known_kind(kind)
    asked = period(query, now_ms=services.clock.wall_ms(), default_ms=HOUR_MS, longest_ms=LONGEST_MS)
    series = services.series.observations(visit.patient.id, kind, asked.from_ms, asked.to_ms, query.limit)
    gaps = gaps_out(services.occurrences, visit.patient.id, kind, asked.from_ms, asked.to_ms)
    return _observations_out(row, series, asked, gaps)


def known_kind(kind: str) -> ObservationKind:
    """Return the kind's row.

    Raises
    ------
    ProblemError
        If there is no such kind.
    """
    if kind not in OBSERVATION_KINDS:
        raise ProblemError(
            HTTPStatus.NOT_FOUND, f"there is no such kind: use one of {', '.join(OBSERVATION_KINDS)}"
        )
    return OBSERVATION_KINDS[kind]


def _latest_out(row: ObservationKind, point: Point) -> LatestOut:
    return LatestOut(
        kind=row.key,
        display=row.display,
        unit=row.ucum,
        value=point.value,
        effective=iso(point.t_ms),
        t_ms=point.t_ms,
        quality=point.quality,
        device=point.device,
    )


def _observations_out(
    row: ObservationKind, series: Series, asked: Period, gaps: list[GapOut]
) -> ObservationsOut:
    return ObservationsOut.model_validate(
        {
            "kind": row.key,
            "unit": row.ucum,
            "from": iso(asked.from_ms),
            "to": iso(asked.to_ms),
            "t_ms": series.t_ms.tolist(),
            "value": series.value.tolist(),
            "quality": [None if isnan(rating) else rating for rating in series.quality.tolist()],
            "device": series.device_index.tolist(),
            "devices": series.devices,
            "gaps": gaps,
            "omitted": series.omitted,
        }
    )
