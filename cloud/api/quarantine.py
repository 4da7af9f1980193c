"""What could not be stored, for administrators: kept whole, with the reason."""

import base64
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field

from cloud.access.guards import Administrator
from cloud.api.dependencies import ServicesOf
from cloud.api.routes import policed_router, problems
from cloud.api.times import iso
from cloud.ports import QuarantinedRecord

router = policed_router("quarantine")

MOST_RECORDS = 200
PAYLOAD_HEAD_BYTES = 2_048


class QuarantinedOut(BaseModel):
    """A record set aside. `payload_head` is base64 of its first bytes; the whole is kept."""

    gateway: str
    epoch: str
    seq: int = Field(description="0: not even a batch.")
    reason: str
    content_type: str
    received: str
    payload_bytes: int
    payload_head: str


class QuarantineOut(BaseModel):
    """Newest first; `omitted` older ones are kept and not listed."""

    records: list[QuarantinedOut]
    omitted: int


@router.get("/api/v1/quarantine", responses=problems(422, 503))
def quarantine(
    _: Administrator, services: ServicesOf, limit: Annotated[int, Query(ge=1, le=MOST_RECORDS)] = 50
) -> QuarantineOut:
    """List the newest records that could not be stored."""
    found = services.quarantine.quarantined(limit)
    count = services.quarantine.quarantined_count()
    return QuarantineOut(
        records=[_quarantined_out(each) for each in found], omitted=max(0, count - len(found))
    )


def _quarantined_out(record: QuarantinedRecord) -> QuarantinedOut:
    return QuarantinedOut(
        gateway=record.gateway,
        epoch=record.epoch,
        seq=record.seq,
        reason=record.reason,
        content_type=record.content_type,
        received=iso(record.received_ms),
        payload_bytes=len(record.payload),
        payload_head=base64.b64encode(record.payload[:PAYLOAD_HEAD_BYTES]).decode(),
    )
