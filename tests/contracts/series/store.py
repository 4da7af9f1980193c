"""A series store as its contracts see it, and what they bring it."""

from typing import Any, Protocol

from cloud.ports import (
    ClockFix,
    GatewayReader,
    OccurrenceReader,
    PatientFeed,
    QuarantinedRecord,
    QuarantineReader,
    RecordClock,
    RecordStore,
    RollupReader,
    SeriesReader,
)
from tests.contracts.records import NOW_MS


class Store(
    RecordStore,
    SeriesReader,
    RollupReader,
    OccurrenceReader,
    GatewayReader,
    QuarantineReader,
    PatientFeed,
    Protocol,
):
    """All the ports at once."""


WRONG = RecordClock(boot_id="boot-1", offset_ms=0, shift_ms=None)
HOUR_MS = 3_600_000


def poison(seq: int, payload: bytes = b"\xc1", **changes: Any) -> QuarantinedRecord:
    fields: dict[str, Any] = {
        "gateway": "home-1",
        "epoch": "abcd1234-observations",
        "content_type": "application/msgpack",
        "reason": "record cannot be read",
        "received_ms": NOW_MS,
    }
    return QuarantinedRecord(seq=seq, payload=payload, **fields | changes)


def fix(offset_ms: int, *, by_ntp: bool = True, boot_id: str = "boot-1", gateway: str = "home-1") -> ClockFix:
    return ClockFix(gateway=gateway, boot_id=boot_id, offset_ms=offset_ms, by_ntp=by_ntp)


def values(store: Store, *, from_ms: int = 0, to_ms: int = 2 * NOW_MS, limit: int = 100) -> list[float]:
    return [p.value for p in store.observations("wei", "heart_rate", from_ms, to_ms, limit).points]
