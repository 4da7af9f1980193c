"""The outbox and the small files beside it, with the disk watched while it is written."""

from collections.abc import Sequence
from dataclasses import dataclass

from edge.last_seen import LastSeen, Progress
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

    def remember(self, progress: Progress) -> None:
        """Keep how far the records go that are safe, as `LastSeen` does."""
        with self.supervision.working(Part.DISK):
            self.last_seen.save(progress)
