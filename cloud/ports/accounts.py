"""Where every record of every gateway is: stored, set aside, discarded, or missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from vitals.records import GapReason

SeqRanges = tuple[tuple[int, int], ...]
"""Sequence numbers as sorted, disjoint, inclusive ranges."""

MOST_RANGES = 1_000
"""How many ranges of a sort an account names; `Counts` has no such bound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many records of an epoch are where. `missing` has a number above and was never seen itself."""

    stored: int = 0
    quarantined: int = 0
    discarded: int = 0
    missing: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What gaps of one reason say does not exist: `missed` samples, and more in `uncounted` of the gaps.

    `of_records`: what is missed is records, lost with the gateway's outbox; their numbers stay empty.
    """

    reason: GapReason
    of_records: bool
    gaps: int
    missed: int
    uncounted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochAccount:
    """Everything known of one epoch. Each number is in one of the four ranges, up to the highest ever seen.

    They name the first `MOST_RANGES`; `counts` counts all. What a gateway made after the highest number
    seen, only the gateway knows.
    """

    gateway: str
    epoch: str
    stored: SeqRanges
    quarantined: SeqRanges
    missing: SeqRanges
    duplicates: int
    discarded: SeqRanges = ()
    counts: Counts = Counts()
    declared: tuple[Declared, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnboundDevice:
    """A device that measured while nobody was bound to it; times are the server's."""

    device: str
    gateway: str
    records: int
    first_received_ms: int
    last_received_ms: int


class UnboundReader(Protocol):
    """What is kept and belongs to nobody."""

    def unbound_devices(self) -> Sequence[UnboundDevice]:
        """Return every device with records that nobody owns."""
        ...
