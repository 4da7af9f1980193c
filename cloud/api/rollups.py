"""Long histories, summed up: count, lowest, highest and mean of each minute, hour or day."""

from typing import Annotated, Final

from fastapi import Path, Query
from pydantic import BaseModel, Field

from cloud.access.guards import VitalsVisit
from cloud.access.paces import Effort
from cloud.api.dependencies import ServicesOf
from cloud.api.gaps import GapOut, gaps_out
from cloud.api.observations import HOUR_MS, known_kind
from cloud.api.routes import policed_router, problems
from cloud.api.times import PeriodQuery, iso, period
from cloud.ports import RollupQuery

router = policed_router("observations", effort=Effort.RECKON)

DAY_S: Final = 86_400
MOST_STRETCHES: Final = 20_000


class RollupsQuery(PeriodQuery):
    """The period, and how long each stretch of it is."""

    every_s: int = Field(
        default=3_600, ge=60, le=31 * DAY_S, multiple_of=60, description="Length of a stretch in seconds."
    )


class RollupsOut(BaseModel):
    """Stretches that have values, oldest first, in columns: entry i of each list belongs together.

    Only values that can be judged count: plausible, of quality 0.5 or more if known, of a believed time.
    """

    kind: str
    unit: str = Field(description="UCUM.")
    from_: str = Field(alias="from", description="Start of the first stretch, ISO 8601 UTC.")
    to: str = Field(description="End of the period, excluded, ISO 8601 UTC.")
    every_s: int
    t_ms: list[int] = Field(description="When each stretch begins.")
    count: list[int]
    minimum: list[float]
    maximum: list[float]
    mean: list[float]
    deviation: list[float] = Field(description="Standard deviation of the values of the stretch.")
    gaps: list[GapOut]


@router.get("/api/v1/patients/{patient_id}/observations/{kind}/rollups", responses=problems(404, 422, 503))
def rollups(
    visit: VitalsVisit,
    services: ServicesOf,
    kind: Annotated[str, Path(max_length=40)],
    query: Annotated[RollupsQuery, Query()],
) -> RollupsOut:
    """Sum up one kind; without a period, the last 24 hours. Stretches begin at multiples of their length."""
    row = known_kind(kind)
    every_ms = query.every_s * 1_000
    asked = period(
        query, now_ms=services.clock.wall_ms(), default_ms=24 * HOUR_MS, longest_ms=MOST_STRETCHES * every_ms
    )
    from_ms = asked.from_ms - asked.from_ms % every_ms
    found = services.rollups.rollups(
        visit.patient.id, RollupQuery(kind=kind, from_ms=from_ms, to_ms=asked.to_ms, every_ms=every_ms)
    )
    return RollupsOut.model_validate(
        {
            "kind": row.key,
            "unit": row.ucum,
            "from": iso(from_ms),
            "to": iso(asked.to_ms),
            "every_s": query.every_s,
            "t_ms": found.from_ms.tolist(),
            "count": found.count.tolist(),
            "minimum": found.minimum.tolist(),
            "maximum": found.maximum.tolist(),
            "mean": found.mean.tolist(),
            "deviation": found.deviation.tolist(),
            "gaps": gaps_out(services.occurrences, visit.patient.id, kind, from_ms, asked.to_ms),
        }
    )
