"""Beats of a stored ECG: where they are, which came early or look unlike the others, and the usual one."""

from typing import Annotated, Final

from fastapi import Query
from pydantic import BaseModel, Field

from cloud.access.guards import WaveformsVisit
from cloud.api.dependencies import ServicesOf
from cloud.api.routes import policed_router, problems
from cloud.api.times import PeriodQuery, iso, period
from cloud.api.waveforms import DEFAULT_MS
from cloud.ecg.beats import LEAD_IN_MS, LEAD_OUT_MS, beats_in
from cloud.ecg.stretches import Source, main_source

router = policed_router("waveforms")

LONGEST_MS: Final = 120_000
_LONGEST_SOURCE: Final = 100


class BeatsQuery(PeriodQuery):
    """The period, and of which device and lead."""

    source: str | None = Field(
        default=None,
        max_length=_LONGEST_SOURCE,
        description="`device.lead` as of a strip; without, or where there is none of it, what is there most.",
    )


class BeatsOut(BaseModel):
    """Beats of one device and lead in columns of one length, oldest first.

    They are found and measured by rules, the same as on the gateway; no model has judged them.
    """

    from_: str = Field(alias="from", description="Start of the period, included, ISO 8601 UTC.")
    to: str = Field(description="End of the period, excluded, ISO 8601 UTC.")
    source: str | None = Field(description="`device.lead`; null where there is no signal.")
    t_ms: list[float] = Field(description="When each R peak was.")
    rr_ms: list[float | None] = Field(description="Interval to the beat before; null after a gap or pause.")
    early: list[bool | None] = Field(
        description="Came at least 20 % before its time, by the intervals round it; null: could not be told."
    )
    other: list[bool | None] = Field(description="Its QRS is unlike this heart's usual one; null likewise.")
    median_mv: list[float] = Field(description="The usual beat; empty where it is not known.")
    median_rate_hz: float
    median_r_at_s: float = Field(description="Where in it the R peak is.")


@router.get("/api/v1/patients/{patient_id}/beats", responses=problems(422, 503))
def beats(visit: WaveformsVisit, services: ServicesOf, query: Annotated[BeatsQuery, Query()]) -> BeatsOut:
    """Return the beats of two minutes at most; without a period, of the last half minute."""
    asked = period(query, now_ms=services.clock.wall_ms(), default_ms=DEFAULT_MS, longest_ms=LONGEST_MS)
    strips = services.series.waveforms(
        visit.patient.id, "ecg", max(0, asked.from_ms - LEAD_IN_MS), asked.to_ms + LEAD_OUT_MS
    )
    source = main_source(strips, None if query.source is None else Source.read(query.source))
    found = beats_in(strips, source, *asked)
    return BeatsOut.model_validate(
        {
            "from": iso(asked.from_ms),
            "to": iso(asked.to_ms),
            "source": None if source is None else str(source),
            "t_ms": [beat.t_ms for beat in found.beats],
            "rr_ms": [beat.rr_ms for beat in found.beats],
            "early": [beat.is_early for beat in found.beats],
            "other": [beat.is_other for beat in found.beats],
            "median_mv": list(found.median_mv),
            "median_rate_hz": found.median_rate_hz,
            "median_r_at_s": found.median_r_at_s,
        }
    )
