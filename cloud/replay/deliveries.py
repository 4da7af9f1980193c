"""What lies in quarantine as the deliveries it once came in: so it goes the way of everything that comes.

A record that was set aside alone gets its envelope back, and with it what its times rest on. Records that
follow each other in one envelope share one again. Pure.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise

import msgspec
from msgspec import Raw

from cloud.ingest.quarantine import put_together
from cloud.ports import Delivery, QuarantinedRecord, SetAside
from vitals.errors import EnvelopeError
from vitals.wire.envelope import VERSION, Batch, ClockStamp, ContentType, encode_batch

__all__ = ["deliveries_of", "is_one_value"]

_RAW = {
    ContentType.MSGPACK: msgspec.msgpack.Decoder(Raw).decode,
    ContentType.JSON: msgspec.json.Decoder(Raw).decode,
}


def deliveries_of(entries: Iterable[SetAside]) -> Iterator[Delivery]:
    """Yield the deliveries of entries, oldest first, each received when it first was.

    `is_one_value` must hold for each that has a number.
    """
    return (_delivery(group) for group in _groups([entry.record for entry in entries]))


def is_one_value(record: QuarantinedRecord) -> bool:
    """Tell whether the bytes of a record can stand among others in a batch at all."""
    try:
        _RAW[ContentType(record.content_type)](record.payload)
    except (ValueError, RecursionError):
        return False
    return True


def _groups(records: list[QuarantinedRecord]) -> Iterator[list[QuarantinedRecord]]:
    """Yield runs of records that follow each other in one envelope; what has no number stands alone."""
    group = records[:1]
    for before, after in pairwise(records):
        if _follows(before, after):
            group.append(after)
        else:
            yield group
            group = [after]
    if group:
        yield group


def _follows(before: QuarantinedRecord, after: QuarantinedRecord) -> bool:
    return bool(before.seq) and after.seq == before.seq + 1 and _came_in(before) == _came_in(after)


def _came_in(item: QuarantinedRecord) -> tuple[str, str, bytes, str, int]:
    return item.gateway, item.epoch, item.header, item.content_type, item.received_ms


def _delivery(group: list[QuarantinedRecord]) -> Delivery:
    first = group[0]
    return Delivery(
        gateway=first.gateway,
        payload=_batch(group) if first.seq else first.payload,
        content_type=first.content_type,
        received_ms=first.received_ms,
        acknowledge=lambda: None,
    )


def _batch(group: list[QuarantinedRecord]) -> bytes:
    first = group[0]
    kind = ContentType(first.content_type)
    payloads = [item.payload for item in group]
    try:
        return put_together(kind, first.header or _plain_header(first, kind), first.seq, payloads)
    except EnvelopeError:
        return put_together(kind, _plain_header(first, kind), first.seq, payloads)


def _plain_header(item: QuarantinedRecord, kind: ContentType) -> bytes:
    """Return an envelope for what came without one that can be kept: its times are taken as they are."""
    clock = ClockStamp(wall_ms=max(item.received_ms, 0), boottime_ms=0, synced=False)
    return encode_batch(
        Batch(v=VERSION, epoch=item.epoch, first_seq=item.seq, boot_id="set-aside", clock=clock, records=[]),
        kind,
    )
