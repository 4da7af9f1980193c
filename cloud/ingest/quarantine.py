"""Setting aside what cannot be stored: whole, with its reason, under its seq if that can be told."""

from typing import Annotated

import msgspec
from msgspec import Meta, Raw, Struct

from cloud.ports import Delivery, QuarantinedRecord
from vitals.wire.envelope import MAX_RECORDS, ContentType, Epoch, Seq

_LONGEST_REASON = 200
_LONGEST_CONTENT_TYPE = 80


class _Header(Struct, frozen=True, kw_only=True):
    """The part of an envelope that names records; any version that keeps it can be accounted for."""

    epoch: Epoch
    first_seq: Seq
    records: Annotated[list[Raw], Meta(min_length=1, max_length=MAX_RECORDS)]


_HEADERS = {
    ContentType.MSGPACK: msgspec.msgpack.Decoder(_Header).decode,
    ContentType.JSON: msgspec.json.Decoder(_Header).decode,
}


def whole(delivery: Delivery, reason: str) -> QuarantinedRecord:
    """Set a payload aside as it came. It has no seq, so its gateway cannot be told."""
    return QuarantinedRecord(
        gateway=delivery.gateway,
        epoch="",
        seq=0,
        payload=delivery.payload,
        content_type=(delivery.content_type or ContentType.MSGPACK)[:_LONGEST_CONTENT_TYPE],
        reason=reason[:_LONGEST_REASON],
        received_ms=delivery.received_ms,
    )


def one(  # noqa: PLR0913, PLR0917 - an identity, its bytes and why
    delivery: Delivery, kind: ContentType, epoch: str, seq: int, raw: Raw, reason: str
) -> QuarantinedRecord:
    """Set one record of a batch aside."""
    return QuarantinedRecord(
        gateway=delivery.gateway,
        epoch=epoch,
        seq=seq,
        payload=bytes(raw),
        content_type=kind,
        reason=reason[:_LONGEST_REASON],
        received_ms=delivery.received_ms,
    )


def by_header(
    delivery: Delivery, kind: ContentType, reason: str
) -> tuple[str, tuple[QuarantinedRecord, ...]]:
    """Set every record of an unreadable batch aside under its seq, or the payload whole if none can be told.

    Returns the epoch, empty if it cannot be told.
    """
    try:
        header = _HEADERS[kind](delivery.payload)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return "", (whole(delivery, reason),)
    return header.epoch, tuple(
        one(delivery, kind, header.epoch, seq, raw, reason)
        for seq, raw in enumerate(header.records, header.first_seq)
    )
