"""The envelope: a batch of records upward, an acknowledgement downward.

Version 1. MessagePack by default, JSON for third parties' firmware; the MQTT property
`content-type` says which. A batch is decoded at once if all is well with it; if not, in two steps, so
that one poison record never costs the others: first the envelope with its records left raw, then each
record by itself.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from math import isfinite
from types import MappingProxyType
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Raw, Struct

from vitals.errors import EnvelopeError, UnknownVersionError, ValidationError
from vitals.kinds import OBSERVATION_KINDS
from vitals.records import DEVICE_ID, LONGEST_DEVICE_ID, AnyRecord, ObservationRun, Waveform

VERSION = 1
MAX_RECORDS = 10_000
MAX_BATCH_BYTES = 240_000  # below mosquitto's max_packet_size of 262,144 with room for the properties


class ContentType(StrEnum):
    """The two encodings of the one schema."""

    MSGPACK = "application/msgpack"
    JSON = "application/json"


Epoch = Annotated[str, Meta(pattern=r"^[a-z0-9-]{4,40}$(?!\n)")]
BootId = Annotated[str, Meta(max_length=64)]
LAST_SEQ = 2**53  # what JSON's numbers hold exactly
Seq = Annotated[int, Meta(ge=1, le=LAST_SEQ)]


class ClockStamp(Struct, frozen=True, kw_only=True):
    """What the gateway knows of time as it sends the batch."""

    wall_ms: Annotated[int, Meta(ge=0, le=2**53)]
    boottime_ms: Annotated[int, Meta(ge=0, le=2**53)]
    synced: bool


class Making(Struct, frozen=True, kw_only=True):
    """What the gateway knew of time when it made the records of an epoch.

    `offset_ms` is what its wall clock showed less the time since boot `boot_id`. If NTP did not hold
    the clock then, `shift_ms` is what to add to every time in the records, once the gateway knows.
    """

    boot_id: BootId
    offset_ms: Annotated[int, Meta(ge=-(2**53), le=2**53)]
    synced: bool
    shift_ms: Annotated[int, Meta(ge=-(2**53), le=2**53)] | None = None


class Envelope(Struct, frozen=True, kw_only=True):
    """What a batch says beside its records."""

    v: int
    epoch: Epoch
    first_seq: Seq
    boot_id: BootId
    clock: ClockStamp
    made: Making | None = None


class Batch(Envelope, frozen=True, kw_only=True):
    """Records `first_seq`, `first_seq + 1`, ... of one epoch, each still encoded.

    `(gateway, epoch, seq)` is a record's identity for ever. An epoch is one lane of one outbox
    file; a new file begins new epochs, and so does a clock that is set. `boot_id` and `clock` tell of
    the sending, `made` of the records; without it their times are as good as the clock is now.
    """

    records: Annotated[list[Raw], Meta(min_length=1, max_length=MAX_RECORDS)]


class SoundBatch(Envelope, frozen=True, kw_only=True):
    """A batch all of whose records are decoded and keep their contracts."""

    records: Annotated[list[AnyRecord], Meta(min_length=1, max_length=MAX_RECORDS)]


class Quarantined(Struct, frozen=True, kw_only=True):
    """A record the cloud keeps aside, and why."""

    seq: Seq
    reason: str


class Ack(Struct, frozen=True, kw_only=True):
    """What the cloud has made durable: inclusive `[first, last]` ranges, and what it set aside.

    The outbox deletes on this and on nothing else.
    """

    epoch: Epoch
    stored: list[tuple[Seq, Seq]]
    quarantined: list[Quarantined] = []


_MALFORMED = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)
_LARGEST = 1e9  # no kind's unit makes a sample this large


class _Header(Struct, frozen=True):
    v: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Format:
    encode: Callable[[Any], bytes]
    batch: Callable[[bytes], Batch]
    sound: Callable[[bytes], SoundBatch]
    ack: Callable[[bytes], Ack]
    record: Callable[[bytes | Raw], AnyRecord]
    header: Callable[[bytes], _Header]


_FORMATS: Mapping[ContentType, _Format] = MappingProxyType(
    {
        ContentType.MSGPACK: _Format(
            encode=msgspec.msgpack.Encoder().encode,
            batch=msgspec.msgpack.Decoder(Batch).decode,
            sound=msgspec.msgpack.Decoder(SoundBatch).decode,
            ack=msgspec.msgpack.Decoder(Ack).decode,
            record=msgspec.msgpack.Decoder(AnyRecord).decode,
            header=msgspec.msgpack.Decoder(_Header).decode,
        ),
        ContentType.JSON: _Format(
            encode=msgspec.json.Encoder().encode,
            batch=msgspec.json.Decoder(Batch).decode,
            sound=msgspec.json.Decoder(SoundBatch).decode,
            ack=msgspec.json.Decoder(Ack).decode,
            record=msgspec.json.Decoder(AnyRecord).decode,
            header=msgspec.json.Decoder(_Header).decode,
        ),
    }
)


def content_type(name: str | None) -> ContentType:
    """Return the encoding a `content-type` property names; absent means MessagePack.

    Raises
    ------
    EnvelopeError
        If it names another.
    """
    try:
        return ContentType(name or ContentType.MSGPACK)
    except ValueError:
        raise EnvelopeError(
            f"content-type {name!r} is not spoken here: send application/msgpack or application/json"
        ) from None


def encode_record(record: AnyRecord, kind: ContentType = ContentType.MSGPACK) -> bytes:
    """Encode one record, checked against its contract: what leaves here can be stored there."""
    check(record)
    return _FORMATS[kind].encode(record)


def decode_record(payload: bytes | Raw, kind: ContentType = ContentType.MSGPACK) -> AnyRecord:
    """Decode and check one record.

    Raises
    ------
    ValidationError
        If it is malformed or breaks its contract; the message says which field.
    """
    try:
        record = _FORMATS[kind].record(payload)
    except _MALFORMED as error:
        raise ValidationError(f"record cannot be read: {error}") from error
    check(record)
    return record


def encode_batch(batch: Batch | SoundBatch, kind: ContentType = ContentType.MSGPACK) -> bytes:
    """Encode a batch whose records were encoded with the same `kind`."""
    return _FORMATS[kind].encode(batch)


def decode_sound(payload: bytes, kind: ContentType = ContentType.MSGPACK) -> SoundBatch | None:
    """Decode a batch with all its records; None if anything in it is amiss: `decode_batch` tells what."""
    try:
        batch = _FORMATS[kind].sound(payload)
        for record in batch.records:
            check(record)
    except (*_MALFORMED, ValidationError):
        return None
    return batch if batch.v == VERSION and _is_numbered(batch.first_seq, len(batch.records)) else None


def decode_batch(payload: bytes, kind: ContentType = ContentType.MSGPACK) -> Batch:
    """Decode a batch, its records left raw.

    Raises
    ------
    UnknownVersionError
        If the envelope is of another version.
    EnvelopeError
        If it cannot be read at all.
    """
    version = _version(payload, kind)
    if version != VERSION:
        raise UnknownVersionError(
            f"envelope version {version!r} is not spoken here: this program speaks version {VERSION}; "
            "update the older of gateway and cloud"
        )
    try:
        batch = _FORMATS[kind].batch(payload)
    except _MALFORMED as error:
        raise EnvelopeError(f"batch cannot be read: {error}") from error
    if not _is_numbered(batch.first_seq, len(batch.records)):
        raise EnvelopeError(f"its records are numbered beyond {LAST_SEQ}: begin a new epoch")
    return batch


def encode_ack(ack: Ack, kind: ContentType = ContentType.MSGPACK) -> bytes:
    """Encode an acknowledgement."""
    return _FORMATS[kind].encode(ack)


def decode_ack(payload: bytes, kind: ContentType = ContentType.MSGPACK) -> Ack:
    """Decode an acknowledgement.

    Raises
    ------
    EnvelopeError
        If it cannot be read; whatever it meant to acknowledge stays in the outbox.
    """
    try:
        return _FORMATS[kind].ack(payload)
    except _MALFORMED as error:
        raise EnvelopeError(f"acknowledgement cannot be read: {error}") from error


def check(record: AnyRecord) -> None:
    """Check what the types alone cannot say.

    Raises
    ------
    ValidationError
        Naming the rule that is broken.
    """
    rules = _RULES.get(type(record))
    if rules is not None:
        rules(record)


def _is_numbered(first_seq: int, count: int) -> bool:
    """Tell whether every record of a batch has a number that can be acknowledged."""
    return first_seq + count - 1 <= LAST_SEQ


def _check_run(run: ObservationRun) -> None:
    if len(run.device) > LONGEST_DEVICE_ID or not _is_device_id(run.device):
        raise ValidationError(f"device {run.device[:80]!r} must be 3 to 64 of a-z, 0-9 and '-'")
    if run.kind not in OBSERVATION_KINDS:
        raise ValidationError(f"kind {run.kind!r} is not in OBSERVATION_KINDS: add a row for it")
    if not run.t_ms or len(run.t_ms) != len(run.value):
        raise ValidationError(
            f"{len(run.t_ms)} times and {len(run.value)} values: a run has as many of each, not none"
        )
    if run.quality is not None and len(run.quality) != len(run.value):
        raise ValidationError(
            f"{len(run.quality)} qualities for {len(run.value)} values: give one each or none"
        )
    if run.device_ms is not None and len(run.device_ms) != len(run.value):
        raise ValidationError(
            f"{len(run.device_ms)} device times for {len(run.value)} values: give one each or none"
        )
    # A sum tells at once: only where it is not finite need each value be looked at.
    if not isfinite(sum(run.value)) and not all(map(isfinite, run.value)):
        raise ValidationError("a value is NaN or infinite: leave out what was not measured")


@lru_cache(maxsize=10_000)
def _is_device_id(name: str) -> bool:
    return re.search(DEVICE_ID, name) is not None


def _check_waveform(strip: Waveform) -> None:
    if strip.kind not in OBSERVATION_KINDS:
        raise ValidationError(f"kind {strip.kind!r} is not in OBSERVATION_KINDS: add a row for it")
    if not strip.samples or len(strip.samples) % 2:
        raise ValidationError(
            f"{len(strip.samples)} sample bytes: a strip has two bytes a sample and at least one"
        )
    if not (abs(strip.scale) < _LARGEST and abs(strip.offset) < _LARGEST):
        raise ValidationError(
            f"scale and offset must be finite and below {_LARGEST:g}: state the kind's own unit"
        )


_RULES: Mapping[type, Callable[[Any], None]] = MappingProxyType(
    {ObservationRun: _check_run, Waveform: _check_waveform}
)


def _version(payload: bytes, kind: ContentType) -> object:
    try:
        return _FORMATS[kind].header(payload).v
    except _MALFORMED as error:
        raise EnvelopeError(f"batch cannot be read: {error}") from error
