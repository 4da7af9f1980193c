"""Setting aside what cannot be stored: whole, with its reason, under its seq if that can be told."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated

import msgspec
from msgspec import Meta, Raw, Struct

from cloud.ports import Delivery, QuarantinedRecord
from vitals.errors import EnvelopeError
from vitals.wire.envelope import LAST_SEQ, MAX_RECORDS, ContentType, Epoch, Seq

_LONGEST_REASON = 200
_LONGEST_CONTENT_TYPE = 80
_UNREADABLE = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)


class _Header(Struct, frozen=True, kw_only=True):
    """The part of an envelope that names records; any version that keeps it can be accounted for."""

    epoch: Epoch
    first_seq: Seq
    records: Annotated[list[Raw], Meta(min_length=1, max_length=MAX_RECORDS)]


_HEADERS = {
    ContentType.MSGPACK: msgspec.msgpack.Decoder(_Header).decode,
    ContentType.JSON: msgspec.json.Decoder(_Header).decode,
}
_FIELDS = {
    ContentType.MSGPACK: (msgspec.msgpack.Decoder(dict[str, Raw]).decode, msgspec.msgpack.encode),
    ContentType.JSON: (msgspec.json.Decoder(dict[str, Raw]).decode, msgspec.json.encode),
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
    except _UNREADABLE:
        return "", (whole(delivery, reason),)
    if header.first_seq + len(header.records) - 1 > LAST_SEQ:
        return "", (whole(delivery, reason),)
    aside = (
        one(delivery, kind, header.epoch, seq, raw, reason)
        for seq, raw in enumerate(header.records, header.first_seq)
    )
    return header.epoch, in_context(delivery, kind, aside)


def in_context(
    delivery: Delivery, kind: ContentType, aside: Iterable[QuarantinedRecord]
) -> tuple[QuarantinedRecord, ...]:
    """Give records of a batch the envelope they came in, for the day they are read again."""
    found = tuple(aside)
    if not found:
        return ()
    header = _without_records(delivery.payload, kind)
    return tuple(replace(item, header=header) for item in found)


def put_together(kind: ContentType, header: bytes, first_seq: int, records: Iterable[bytes]) -> bytes:
    """Make a batch again of an envelope and records that were set aside under it, `first_seq` the first.

    Raises
    ------
    EnvelopeError
        If the header is none.
    """
    decode, encode = _FIELDS[kind]
    try:
        fields: dict[str, object] = dict(decode(header))
    except _UNREADABLE as error:
        raise EnvelopeError(f"the envelope it came in cannot be read: {error}") from error
    return encode(fields | {"first_seq": first_seq, "records": [Raw(record) for record in records]})


def _without_records(payload: bytes, kind: ContentType) -> bytes:
    decode, encode = _FIELDS[kind]
    try:
        fields = decode(payload)
    except _UNREADABLE:  # a batch whose fields have other names than text
        return b""
    return encode({name: value for name, value in fields.items() if name != "records"})
