"""Which records a gateway has no business to bring: those of patients it does not speak for.

They are set aside whole, with the reason, and come back by a replay once the gateway is allowed them.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from msgspec import Raw

from cloud.gateways.standing import Standing
from cloud.ingest import quarantine
from cloud.ingest.binding import device_of
from cloud.ingest.reading import Reading
from cloud.ports import ERASED, IdentifiedRecord
from vitals.wire.envelope import encode_record

__all__ = ["apart"]

_REASON: Final = (
    "{device}: this gateway does not speak for who wears it: if it may, "
    "`carewire cloud gateway speaks-for {gateway} PATIENT`, then replay"
)


def apart(
    readings: Sequence[Reading], items: Sequence[IdentifiedRecord], standing: Standing
) -> tuple[Sequence[Reading], Sequence[IdentifiedRecord]]:
    """Return readings and records with what is not their gateway's to bring set aside.

    Raises
    ------
    StorageError
        If it cannot be told for whom a gateway speaks.
    """
    strangers = _strangers(items, standing)
    if not strangers:
        return readings, items
    kept = [item for item in items if (item.gateway, item.epoch, item.seq) not in strangers]
    return [_without(reading, strangers) for reading in readings], kept


def _strangers(items: Sequence[IdentifiedRecord], standing: Standing) -> frozenset[tuple[str, str, int]]:
    allowed = {gateway: standing.of(gateway).patients for gateway in {item.gateway for item in items}}
    if all(patients is None for patients in allowed.values()):
        return frozenset()
    return frozenset(
        (item.gateway, item.epoch, item.seq)
        for item in items
        if item.patient_id is not None
        and item.patient_id != ERASED  # of them nothing is set aside, either
        and (patients := allowed[item.gateway]) is not None
        and item.patient_id not in patients
    )


def _without(reading: Reading, strangers: frozenset[tuple[str, str, int]]) -> Reading:
    gateway = reading.delivery.gateway
    out = [(seq, one) for seq, one in reading.records if (gateway, reading.epoch, seq) in strangers]
    if not out:
        return reading
    aside = (
        quarantine.one(
            reading.delivery,
            reading.kind,
            reading.epoch,
            seq,
            Raw(encode_record(record, reading.kind)),
            _REASON.format(device=device_of(record), gateway=gateway),
        )
        for seq, record in out
    )
    gone = {seq for seq, _ in out}
    return replace(
        reading,
        records=tuple((seq, one) for seq, one in reading.records if seq not in gone),
        quarantined=(*reading.quarantined, *quarantine.in_context(reading.delivery, reading.kind, aside)),
    )
