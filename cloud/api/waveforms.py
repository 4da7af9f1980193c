"""Waveforms: strips of evenly spaced samples, dense as they were sent."""

import base64
from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import Path, Query
from pydantic import BaseModel, Field

from cloud.access.guards import WaveformsVisit
from cloud.api.dependencies import ServicesOf
from cloud.api.gaps import GapOut, gaps_out
from cloud.api.observations import known_kind
from cloud.api.routes import policed_router, problems
from cloud.api.times import PeriodQuery, iso, period
from cloud.ports import Strip

router = policed_router("waveforms")

DEFAULT_MS: Final = 30_000
LONGEST_MS: Final = 600_000
MOST_SAMPLE_BYTES: Final = 4_000_000


class StripOut(BaseModel):
    """A strip: physical value = sample * scale + offset; sample i was taken at t0_ms + 1000 * i / rate_hz."""

    device: str
    lead: str
    start: str = Field(description="Time of the first sample, ISO 8601 UTC.")
    t0_ms: int
    rate_hz: float
    scale: float
    offset: float
    samples: str = Field(description="Base64 of little-endian int16, two bytes a sample.")


class WaveformsOut(BaseModel):
    """The strips that overlap a period, oldest first."""

    kind: str
    unit: str = Field(description="UCUM unit of the physical value.")
    from_: str = Field(alias="from", description="Start of the period, included, ISO 8601 UTC.")
    to: str = Field(description="End of the period, excluded, ISO 8601 UTC.")
    strips: list[StripOut]
    gaps: list[GapOut]
    omitted: int = Field(description="How many older strips of the period are not here: ask for less time.")


@router.get("/api/v1/patients/{patient_id}/waveforms/{kind}", responses=problems(404, 422, 503))
def waveforms(
    visit: WaveformsVisit,
    services: ServicesOf,
    kind: Annotated[str, Path(max_length=40)],
    query: Annotated[PeriodQuery, Query()],
) -> WaveformsOut:
    """Return strips of one kind, at most ten minutes at a time; without a period, the last half minute."""
    row = known_kind(kind)
    asked = period(query, now_ms=services.clock.wall_ms(), default_ms=DEFAULT_MS, longest_ms=LONGEST_MS)
    strips = services.series.waveforms(visit.patient.id, kind, asked.from_ms, asked.to_ms)
    shown = _newest_within(strips, MOST_SAMPLE_BYTES)
    return WaveformsOut.model_validate(
        {
            "kind": row.key,
            "unit": row.ucum,
            "from": iso(asked.from_ms),
            "to": iso(asked.to_ms),
            "strips": [_strip_out(strip) for strip in shown],
            "gaps": gaps_out(services.occurrences, visit.patient.id, kind, asked.from_ms, asked.to_ms),
            "omitted": len(strips) - len(shown),
        }
    )


def _newest_within(strips: Sequence[Strip], most_bytes: int) -> list[Strip]:
    shown: list[Strip] = []
    used = 0
    for strip in reversed(strips):
        used += len(strip.samples)
        if used > most_bytes:
            break
        shown.append(strip)
    return shown[::-1]


def _strip_out(strip: Strip) -> StripOut:
    return StripOut(
        device=strip.device,
        lead=strip.lead,
        start=iso(strip.t0_ms),
        t0_ms=strip.t0_ms,
        rate_hz=strip.rate_hz,
        scale=strip.scale,
        offset=strip.offset,
        samples=base64.b64encode(strip.samples).decode(),
    )
