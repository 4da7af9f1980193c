"""Partitions shared out among the processes that evaluate, each leased to one.

A lease lasts `LEASE_S` from the beat it was seen under; whoever was silent for longer has lost its own.
That alone would not stop one that was frozen in the middle of its work: its epoch does, at the commit.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import structlog

from cloud.ports import Lease, LeaseBook
from cloud.roles.peers import LEASE_S

__all__ = ["Share", "Tenancy", "share_out"]

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What to let go of and what to take over, to have no more and no less than one's share."""

    release: tuple[Lease, ...]
    claim: tuple[Lease, ...]


def share_out(leases: Sequence[Lease], me: str, others: frozenset[str]) -> Share:
    """Return what `me` is to do, beside `others` who live and evaluate too."""
    fair = -(-len(leases) // (1 + len(others)))
    mine = [one for one in leases if one.holder == me]
    free = [one for one in leases if one.holder != me and one.holder not in others]
    return Share(release=tuple(mine[fair:]), claim=tuple(free[: max(0, fair - len(mine))]))


@dataclass(slots=True, kw_only=True)
class Tenancy:
    """The Leases port. `renew` is called with every beat, the rest from any thread.

    Who stands `alone` takes everything over at once when it begins, and waits for no lease to end.
    """

    process_id: str
    book: LeaseBook
    monotonic_s: Callable[[], float]
    alone: bool = False
    _held: Mapping[int, int] = field(default_factory=lambda: MappingProxyType({}))
    _until_s: float = float("-inf")

    def mine(self) -> Mapping[int, int]:
        """Return the partitions leased to this process now, each with its epoch."""
        return self._held if self.monotonic_s() < self._until_s else MappingProxyType({})

    def lost(self, partition: int) -> None:
        """Take note that a partition is somebody else's."""
        self._held = MappingProxyType({one: epoch for one, epoch in self._held.items() if one != partition})

    def renew(self, beaten_s: float, others: frozenset[str]) -> None:
        """Read how the leases stand after the beat of `beaten_s`, and take or leave what is due."""
        leases = self.book.leases()
        share = share_out(leases, self.process_id, frozenset() if self.alone else others)
        self.alone = False
        kept = [one for one in leases if one.holder == self.process_id and one not in share.release]
        taken = self.book.claim(share.claim, self.process_id) if share.claim else ()
        self._held = MappingProxyType({one.partition: one.epoch for one in (*kept, *taken)})
        self._until_s = beaten_s + LEASE_S
        if share.release:
            self.book.release(share.release)
        if share.release or taken:
            _log.info("leases.changed", held=len(self._held), taken=len(taken), released=len(share.release))
