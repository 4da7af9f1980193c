"""What could not be stored: read by an operator, brought back after a fix, or discarded with a reason."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from cloud.ports.ingest import ClockFix, CommitOutcome, IdentifiedRecord, QuarantinedRecord

LINE_PROTOCOL: Final = "text/x-influx-line-protocol"
"""The content type of a single point that InfluxDB refused; its record counts as stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """A record in quarantine under the number it has there; `tried_ms`: when it was last tried again."""

    id: int
    record: QuarantinedRecord
    tried_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which of what is set aside: of a gateway, with these words in its reason, received since, by id."""

    gateway: str | None = None
    reason: str | None = None
    since_ms: int | None = None
    ids: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How much of quarantine is a gateway's, and how much it may be."""

    gateway: str
    records: int
    size_bytes: int
    most_records: int
    most_bytes: int

    @property
    def fullness(self) -> float:
        """Return the part of its room that is taken, 0 to 1."""
        return max(self.records / self.most_records, self.size_bytes / self.most_bytes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heap:
    """How much of one gateway was set aside for one reason; `tried_ms`: when any was last tried again."""

    gateway: str
    reason: str
    records: int
    first_received_ms: int
    last_received_ms: int
    tried_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Discard:
    """Who gave something up, when and why."""

    by: str
    at_ms: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Discarded:
    """What was given up. The bytes are gone; their SHA-256 and size are not."""

    gateway: str
    epoch: str
    seq: int
    sha256: bytes
    size_bytes: int
    reason: str
    received_ms: int
    discard: Discard


class QuarantineReader(Protocol):
    """What was set aside, for an operator."""

    def quarantined(self, limit: int) -> Sequence[QuarantinedRecord]:
        """Return the newest `limit`, newest first."""
        ...

    def quarantined_count(self) -> int: ...

    def shares(self) -> Sequence[Share]:
        """Return how much of quarantine each gateway takes, those that take nothing left out."""
        ...


class Quarantine(QuarantineReader, Protocol):
    """Quarantine in an operator's hands. It may be used beside whoever ingests."""

    def find(self, wanted: Wanted, *, after_id: int = 0, limit: int) -> Sequence[SetAside]:
        """Return the oldest `limit` of what is wanted with an id above `after_id`, oldest first."""
        ...

    def newest(self, wanted: Wanted, *, limit: int) -> Sequence[SetAside]:
        """Return the newest `limit` of what is wanted, newest first."""
        ...

    def count(self, wanted: Wanted) -> int: ...

    def heaps(self, wanted: Wanted, *, limit: int) -> Sequence[Heap]:
        """Return how much of what is wanted is there, by gateway and reason, the largest `limit` first."""
        ...

    def discard(self, entries: Collection[int], discard: Discard) -> Sequence[Discarded]:
        """Take `entries` out for good, and write down that it was done; unknown ids are ignored."""
        ...

    def discarded(self, limit: int) -> Sequence[Discarded]:
        """Return what was discarded last, newest first."""
        ...


class ReplayStore(Protocol):
    """Stores what was set aside after all."""

    def replay(
        self,
        entries: Collection[int],
        records: Sequence[IdentifiedRecord],
        quarantined: Sequence[QuarantinedRecord],
        fixes: Sequence[ClockFix],
        *,
        at_ms: int,
    ) -> CommitOutcome:
        """Store what `entries` hold after all, in one transaction that also takes them out of quarantine.

        What is in `quarantined` stays there under its new reason, tried at `at_ms`. Its records are late:
        they say nothing of when a gateway or a device was last heard, and are judged as received at `at_ms`.
        """
        ...

    def write_again(self, line: bytes) -> str | None:
        """Write a point that InfluxDB refused once more; return why it is refused again, or None.

        Raises
        ------
        StorageError
            If the server cannot say now.
        """
        ...
