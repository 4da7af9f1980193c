"""Gaps as the API states them: data that does not exist, from when to when, and why."""

from pydantic import BaseModel, Field

from cloud.ports import OccurrenceReader
from vitals.records import Gap, GapReason


class GapOut(BaseModel):
    """A stretch of one device that was not measured or not kept."""

    device: str
    from_ms: int
    to_ms: int
    reason: GapReason
    missed: int | None = Field(description="How many values, where they can be counted.")


def gaps_out(reader: OccurrenceReader, patient_id: str, kind: str, from_ms: int, to_ms: int) -> list[GapOut]:
    """Return the gaps declared in a range."""
    return [_gap_out(gap) for gap in reader.gaps(patient_id, kind, from_ms, to_ms)]


def _gap_out(gap: Gap) -> GapOut:
    return GapOut.model_validate(gap, from_attributes=True)
