"""What could not be stored, for administrators: kept whole with the reason, and brought back after a fix."""

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field

from cloud.access.guards import Administrator
from cloud.access.sessions import Viewer
from cloud.api.dependencies import ServicesOf
from cloud.api.routes import policed_router, problems
from cloud.api.times import iso, iso_or_none
from cloud.ports import Deed, LedgerNote, SetAside, Wanted
from cloud.replay.service import Replayed
from cloud.services import Services

__all__ = ["replayed", "router"]

router = policed_router("quarantine")

MOST_RECORDS = 200
MOST_REPLAYED = 5_000

Gateway = Annotated[str | None, Query(max_length=40, description="Of this gateway only.")]
Reason = Annotated[str | None, Query(max_length=200, description="Only what has these words in its reason.")]


class QuarantinedOut(BaseModel):
    """A record set aside, kept whole: what it says is somebody's, and read at the machine itself alone."""

    id: int
    gateway: str
    epoch: str
    seq: int = Field(description="0: not even a batch.")
    reason: str
    content_type: str
    received: str
    tried: str | None = Field(description="When it was last replayed, in vain.")
    payload_bytes: int


class ShareOut(BaseModel):
    """How much of quarantine is a gateway's; what has no room is not acknowledged and stays with it."""

    gateway: str
    records: int
    size_bytes: int
    most_records: int
    most_bytes: int


class QuarantineOut(BaseModel):
    """Newest first; `omitted` older ones are kept and not listed."""

    records: list[QuarantinedOut]
    omitted: int
    shares: list[ShareOut]


class ReplayIn(BaseModel):
    """What to try again, oldest first: everything, unless narrowed down."""

    gateway: str | None = Field(default=None, max_length=40)
    reason: str | None = Field(default=None, max_length=200, description="Words of the reason.")
    ids: list[int] | None = Field(default=None, max_length=MOST_REPLAYED)
    most: int = Field(default=1_000, ge=1, le=MOST_REPLAYED)


class ReplayOut(BaseModel):
    """Of what was tried, in records: stored now, stored already, still aside with a new reason."""

    tried: int
    stored: int
    known: int
    still_aside: int
    left: int = Field(description="How many of what was asked for are in quarantine now.")


@router.get("/api/v1/quarantine", responses=problems(422, 503))
def quarantine(
    _: Administrator,
    services: ServicesOf,
    gateway: Gateway = None,
    reason: Reason = None,
    limit: Annotated[int, Query(ge=1, le=MOST_RECORDS)] = 50,
) -> QuarantineOut:
    """List the newest records that could not be stored."""
    wanted = Wanted(gateway=gateway, reason=reason)
    found = services.quarantine.newest(wanted, limit=limit)
    return QuarantineOut(
        records=[_quarantined_out(each) for each in found],
        omitted=max(0, services.quarantine.count(wanted) - len(found)),
        shares=[ShareOut.model_validate(each, from_attributes=True) for each in services.quarantine.shares()],
    )


@router.post("/api/v1/quarantine/replay", responses=problems(400, 413, 503))
def replay(viewer: Administrator, services: ServicesOf, body: ReplayIn) -> ReplayOut:
    """Try what was set aside again: what can be stored now is, and leaves quarantine by that."""
    wanted = Wanted(
        gateway=body.gateway, reason=body.reason, ids=None if body.ids is None else tuple(body.ids)
    )
    done = replayed(services, viewer, wanted, most=body.most)
    return ReplayOut(
        tried=done.tried,
        stored=done.stored,
        known=done.known,
        still_aside=done.still_aside,
        left=services.quarantine.count(wanted),
    )


def replayed(services: Services, viewer: Viewer, wanted: Wanted, *, most: int, after_id: int = 0) -> Replayed:
    """Replay what an administrator wants; that they did is on the ledger before it is done.

    Raises
    ------
    StorageError
        If a store refuses: what was replayed before is stored, the rest is as it was.
    """
    note = LedgerNote(
        t_ms=services.clock.wall_ms(),
        deed=Deed.QUARANTINE_RELEASED,
        actor=viewer.person.id,
        about={} if wanted.gateway is None else {"gateway": wanted.gateway},
    )
    services.looks.scribe.write([note])
    return services.replay.replay(wanted, most=most, after_id=after_id)


def _quarantined_out(entry: SetAside) -> QuarantinedOut:
    record = entry.record
    return QuarantinedOut(
        id=entry.id,
        gateway=record.gateway,
        epoch=record.epoch,
        seq=record.seq,
        reason=record.reason,
        content_type=record.content_type,
        received=iso(record.received_ms),
        tried=iso_or_none(entry.tried_ms),
        payload_bytes=len(record.payload),
    )
