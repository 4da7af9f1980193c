"""One delivery read: each record on its own, so that a poison one never costs the others."""

from collections.abc import Iterator
from dataclasses import dataclass

from msgspec import Raw

from cloud.ingest import quarantine
from cloud.ingest.reckoning import reckon
from cloud.ports import ClockFix, Delivery, QuarantinedRecord, RecordClock
from vitals.errors import EnvelopeError, ValidationError
from vitals.records import AnyRecord, ObservationRun, Waveform
from vitals.wire.envelope import ContentType, content_type, decode_batch, decode_record, encode_record


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


def read(delivery: Delivery) -> Reading:
    """Read a delivery. Never raises: what cannot be read is in `quarantined`, with the reason."""
    try:
        kind = content_type(delivery.content_type)
    except EnvelopeError as error:
        aside = quarantine.whole(delivery, str(error))
        return Reading(
            delivery=delivery, kind=ContentType.MSGPACK, epoch="", records=(), quarantined=(aside,)
        )
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
    reckoned = reckon(batch, gateway=delivery.gateway, received_ms=delivery.received_ms)
    return Reading(
        delivery=delivery,
        kind=kind,
        epoch=batch.epoch,
        records=tuple(records),
        quarantined=tuple(poison),
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
