"""The patients' slices: what one commit means to each patient, waiting to be evaluated."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from operator import attrgetter
from sqlite3 import Connection

import msgspec

from cloud.partitions import EVERY_PARTITION, PARTITIONS, partition_of
from cloud.ports import IdentifiedRecord, PatientSlice
from cloud.storage.journal.clock_runs import moved
from vitals.records import AnyRecord, Waveform

_SEQ_OF = attrgetter("seq")

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[AnyRecord, ...]).decode


def cut(fresh: Sequence[IdentifiedRecord]) -> Iterator[PatientSlice]:
    """Cut fresh records into slices: one for each patient, gateway and epoch, ordered by seq.

    A wrong clock's times go in put right, as far as it is known how. Of strips only that they came goes
    in, once a device: alerts are judged from observations and events, and a wearable that sends nothing
    but strips is not silent. An id never comes twice, since a seq is fresh only once.
    """
    groups: dict[tuple[str, str, str], list[IdentifiedRecord]] = {}
    for item in _without_samples(fresh):
        if item.patient_id:
            groups.setdefault((item.gateway, item.epoch, item.patient_id), []).append(item)
    for (gateway, epoch, patient_id), items in groups.items():
        items.sort(key=_SEQ_OF)
        yield PatientSlice(
            message_id=f"{gateway}/{epoch}/{items[0].seq}-{items[-1].seq}/{patient_id}",
            patient_id=patient_id,
            received_ms=items[-1].received_ms,
            records=tuple(
                item.record if item.clock is None else moved(item.record, item.clock.shift_ms)
                for item in items
            ),
        )


def _without_samples(fresh: Sequence[IdentifiedRecord]) -> Sequence[IdentifiedRecord]:
    """Return everything but strips, and each device's last strip of a patient without its samples."""
    strips = {
        (item.gateway, item.epoch, item.patient_id, item.record.device): item
        for item in fresh
        if isinstance(item.record, Waveform)
    }
    if not strips:
        return fresh
    return [
        *(item for item in fresh if not isinstance(item.record, Waveform)),
        *(
            msgspec.structs.replace(item, record=msgspec.structs.replace(item.record, samples=b""))
            for item in strips.values()
        ),
    ]


def append(connection: Connection, slices: Iterable[PatientSlice]) -> None:
    """Put slices at the end of the queue; one that waits there already keeps its place."""
    connection.executemany(
        "INSERT INTO slice (message_id, patient_id, received_ms, is_urgent, records) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT DO NOTHING",
        [
            (one.message_id, one.patient_id, one.received_ms, one.is_urgent, _encode(one.records))
            for one in slices
        ],
    )


def read_pending(
    connection: Connection, limit: int, partitions: Collection[int] = EVERY_PARTITION
) -> Sequence[PatientSlice]:
    """Read the oldest slices of these partitions, the urgent before all others, as they were stored."""
    theirs = ""
    if len(partitions) < PARTITIONS:
        connection.create_function("is_theirs", 1, lambda patient_id: partition_of(patient_id) in partitions)
        theirs = "AND is_theirs(patient_id)"
    found: list[PatientSlice] = []
    for urgency in ("is_urgent", "NOT is_urgent"):
        rows = connection.execute(
            "SELECT message_id, patient_id, received_ms, records FROM slice "  # noqa: S608 - one of four texts
            f"WHERE {urgency} {theirs} ORDER BY position LIMIT ?",
            (max(limit - len(found), 0),),
        )
        found += (
            PatientSlice(
                message_id=message_id, patient_id=patient_id, received_ms=ms, records=_decode(records)
            )
            for message_id, patient_id, ms, records in rows
        )
    return tuple(found)


def remove(connection: Connection, message_ids: Iterable[str]) -> None:
    """Take slices out of the queue; unknown ids are ignored."""
    connection.executemany("DELETE FROM slice WHERE message_id = ?", [(one,) for one in message_ids])
