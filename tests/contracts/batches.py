"""Batches as a gateway sends them."""

from collections.abc import Callable, Sequence

from msgspec import Raw

from cloud.ports import AckSender, Delivery
from tests.contracts.records import NOW_MS
from vitals.records import AnyRecord
from vitals.wire.envelope import Batch, ClockStamp, ContentType, Making, encode_batch, encode_record

EPOCH = "abcd1234-observations"


def batch_of(
    raws: Sequence[bytes],
    *,
    first_seq: int = 1,
    epoch: str = EPOCH,
    version: int = 1,
    kind: ContentType = ContentType.MSGPACK,
    made: Making | None = None,
) -> bytes:
    return encode_batch(
        Batch(
            v=version,
            epoch=epoch,
            first_seq=first_seq,
            boot_id="boot",
            clock=ClockStamp(wall_ms=NOW_MS, boottime_ms=1, synced=True),
            made=made,
            records=[Raw(raw) for raw in raws],
        ),
        kind,
    )


def batch(
    *records: AnyRecord,
    first_seq: int = 1,
    epoch: str = EPOCH,
    kind: ContentType = ContentType.MSGPACK,
    made: Making | None = None,
) -> bytes:
    raws = [encode_record(record, kind) for record in records]
    return batch_of(raws, first_seq=first_seq, epoch=epoch, kind=kind, made=made)


def delivery(
    payload: bytes,
    *,
    gateway: str = "home-1",
    content_type: str | None = None,
    acknowledge: Callable[[], None] = lambda: None,
    reply: AckSender | None = None,
) -> Delivery:
    return Delivery(
        gateway=gateway,
        payload=payload,
        content_type=content_type,
        received_ms=NOW_MS,
        acknowledge=acknowledge,
        reply=reply,
    )
