"""One delivery read: at once if all is well with it, else each record on its own.

So a poison record never costs the others, and none is paid for where there is none.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from msgspec import Raw

from cloud.ingest import quarantine
from cloud.ingest.reckoning import reckon
from cloud.ports import ClockFix, Delivery, QuarantinedRecord, RecordClock
from cloud.storage.journal.ranges import Ranges, ranges_of
from vitals.errors import EnvelopeError, ValidationError
from vitals.records import AnyRecord, ObservationRun, Waveform
from vitals.wire.envelope import (
    ContentType,
    Envelope,
    content_type,
    decode_batch,
    decode_record,
    decode_sound,
    encode_record,
)

_OF_BOUNDED_NUMBERS: Final = frozenset({ObservationRun, Waveform})
"""Records none of whose numbers can be larger than a store takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a delivery holds: good records by seq, and what has to be set aside."""

    delivery: Delivery
    kind: ContentType
    epoch: str
    records: tuple[tuple[int, AnyRecord], ...]
    quarantined: tuple[QuarantinedRecord, ...]
    clock: RecordClock | None = None
    """What the records' times rest on, unless they are believed."""
    fix: ClockFix | None = None
    """What the batch says of its gateway's clock; `None`: it could not be read."""

    @property
    def count(self) -> int:
        """Return how many records the delivery held, good or not."""
        return len(self.records) + len(self.quarantined)

    @property
    def stored(self) -> Ranges:
        """Return the seqs of the good records."""
        return ranges_of(seq for seq, _ in self.records)


def read(delivery: Delivery) -> Reading:
    """Read a delivery. Never raises: what cannot be read is in `quarantined`, with the reason."""
    try:
        kind = content_type(delivery.content_type)
    except EnvelopeError as error:
        aside = quarantine.whole(delivery, str(error))
        return Reading(
            delivery=delivery, kind=ContentType.MSGPACK, epoch="", records=(), quarantined=(aside,)
        )
    sound = decode_sound(delivery.payload, kind)
    if sound is None or not _OF_BOUNDED_NUMBERS.issuperset(map(type, sound.records)):
        return _read_each(delivery, kind)
    return _reading(delivery, kind, sound, enumerate(sound.records, sound.first_seq))


def _read_each(delivery: Delivery, kind: ContentType) -> Reading:
    try:
        batch = decode_batch(delivery.payload, kind)
    except EnvelopeError as error:
        epoch, set_aside = quarantine.by_header(delivery, kind, str(error))
        return Reading(delivery=delivery, kind=kind, epoch=epoch, records=(), quarantined=set_aside)
    records: list[tuple[int, AnyRecord]] = []
    poison: list[QuarantinedRecord] = []
    for seq, raw, result in _each(batch.records, batch.first_seq, kind):
        if isinstance(result, str):
            poison.append(quarantine.one(delivery, kind, batch.epoch, seq, raw, result))
        else:
            records.append((seq, result))
    return _reading(delivery, kind, batch, records, poison)


def _reading(
    delivery: Delivery,
    kind: ContentType,
    envelope: Envelope,
    records: Iterable[tuple[int, AnyRecord]],
    poison: Iterable[QuarantinedRecord] = (),
) -> Reading:
    reckoned = reckon(envelope, gateway=delivery.gateway, received_ms=delivery.received_ms)
    return Reading(
        delivery=delivery,
        kind=kind,
        epoch=envelope.epoch,
        records=tuple(records),
        quarantined=quarantine.in_context(delivery, kind, poison),
        clock=reckoned.clock,
        fix=reckoned.fix,
    )


def _each(
    records: list[Raw], first_seq: int, kind: ContentType
) -> Iterator[tuple[int, Raw, AnyRecord | str]]:
    for seq, raw in enumerate(records, first_seq):
        try:
            record = decode_record(raw, kind)
            if not isinstance(record, ObservationRun | Waveform):
                encode_record(record)  # JSON brings whole numbers that fit no store
        except (ValidationError, OverflowError) as error:
            yield seq, raw, str(error)
        else:
            yield seq, raw, record
