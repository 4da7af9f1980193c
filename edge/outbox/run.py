"""A run: records of one epoch that follow each other and fit one batch."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from edge.outbox.lanes import Lane
from vitals.wire.envelope import MAX_BATCH_BYTES, MAX_RECORDS, Making

ENVELOPE_BYTES: Final = 512
"""What a batch adds around its records, generously."""
MAX_RUN_BYTES: Final = MAX_BATCH_BYTES - ENVELOPE_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Encoded records `first_seq`, `first_seq + 1`, ... of one epoch."""

    lane: Lane
    epoch: str
    first_seq: int
    payloads: tuple[bytes, ...]
    made: Making | None = None

    @property
    def last_seq(self) -> int:
        """The last record's seq."""
        return self.first_seq + len(self.payloads) - 1

    @property
    def size_bytes(self) -> int:
        """What the records weigh, without their envelope."""
        return sum(map(len, self.payloads))


def first_run(
    records: Iterable[tuple[int, bytes]], target_bytes: int
) -> tuple[int, tuple[bytes, ...]] | None:
    """Return first seq and payloads of the first run; it outgrows `target_bytes` only by its only record."""
    first_seq = size_bytes = 0
    payloads: list[bytes] = []
    for seq, payload in records:
        size_bytes += len(payload)
        if payloads and (
            size_bytes > target_bytes or seq != first_seq + len(payloads) or len(payloads) == MAX_RECORDS
        ):
            break
        if not payloads:
            first_seq = seq
        payloads.append(payload)
    return (first_seq, tuple(payloads)) if payloads else None
