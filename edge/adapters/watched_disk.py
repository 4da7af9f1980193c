"""The outbox and the small files beside it, with the disk watched while it is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edge.last_seen import LastSeen
from edge.ports import RecordSink
from edge.supervision import Part, Supervision
from vitals.records import AnyRecord

__all__ = ["WatchedDisk"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedDisk:
    """`RecordSink` and memory of what is safe; a write that never returns is noticed while it hangs."""

    sink: RecordSink
    last_seen: LastSeen
    supervision: Supervision

    def append(self, records: Sequence[AnyRecord]) -> None:
        """Make `records` durable, as the sink does."""
        with self.supervision.working(Part.DISK):
            self.sink.append(records)

    def remember(self, safe_until_ms: Mapping[str, int]) -> None:
        """Keep until when each device's samples are safe, as `LastSeen` does."""
        with self.supervision.working(Part.DISK):
            self.last_seen.save(safe_until_ms)
