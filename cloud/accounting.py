"""Is anything missing: the accounts of a gateway's epochs, its own word and its gaps, put together. Pure.

A number below the highest that ever came is somewhere: stored, set aside, discarded, or missing. What is
missing is explained as far as the gateway declared records lost with its outbox. What it made after the
highest number, only its own report tells: that it waits there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import groupby
from operator import attrgetter

from cloud.ports import Counts, Declared, EpochAccount
from vitals.records import GapReason, GatewayReport

__all__ = ["GatewayAccount", "Waiting", "accounts_of", "nothing_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What a gateway said at `said_ms`, by the server's clock, that it still holds."""

    records: int
    size_bytes: int
    oldest_ms: int | None
    said_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayAccount:
    """Where all records of a gateway are, over all its epochs."""

    gateway: str
    counts: Counts
    duplicates: int
    declared: tuple[Declared, ...]
    waiting: Waiting | None
    epochs: tuple[EpochAccount, ...]

    @property
    def declared_lost(self) -> int:
        """Return how many records the gateway says were lost with its outbox."""
        return sum(each.missed for each in self.declared if each.of_records)

    @property
    def unexplained(self) -> int:
        """Return how many records are missing and were not declared lost either."""
        return max(0, self.counts.missing - self.declared_lost)


def accounts_of(
    epochs: Iterable[EpochAccount], reports: Mapping[str, tuple[GatewayReport, int]]
) -> Sequence[GatewayAccount]:
    """Sum up epochs, which come by gateway, with what each gateway reported last and when that came."""
    return tuple(
        _account(gateway, tuple(its), reports.get(gateway))
        for gateway, its in groupby(epochs, attrgetter("gateway"))
    )


def nothing_of(gateway: str) -> GatewayAccount:
    """Return the account of a gateway of which no numbered record ever came."""
    return _account(gateway, (), None)


def _account(
    gateway: str, epochs: tuple[EpochAccount, ...], reported: tuple[GatewayReport, int] | None
) -> GatewayAccount:
    return GatewayAccount(
        gateway=gateway,
        counts=_sum(epoch.counts for epoch in epochs),
        duplicates=sum(epoch.duplicates for epoch in epochs),
        declared=_by_reason(each for epoch in epochs for each in epoch.declared),
        waiting=_waiting(*reported) if reported else None,
        epochs=epochs,
    )


def _sum(counts: Iterable[Counts]) -> Counts:
    found = tuple(counts)
    names = [field.name for field in fields(Counts)]
    return Counts(**{name: sum(getattr(each, name) for each in found) for name in names})


def _by_reason(declared: Iterable[Declared]) -> tuple[Declared, ...]:
    found: dict[tuple[GapReason, bool], list[Declared]] = {}
    for each in declared:
        found.setdefault((each.reason, each.of_records), []).append(each)
    return tuple(
        Declared(
            reason=reason,
            of_records=of_records,
            gaps=sum(each.gaps for each in parts),
            missed=sum(each.missed for each in parts),
            uncounted=sum(each.uncounted for each in parts),
        )
        for (reason, of_records), parts in sorted(found.items())
    )


def _waiting(report: GatewayReport, received_ms: int) -> Waiting:
    return Waiting(
        records=report.outbox_records,
        size_bytes=report.outbox_bytes,
        oldest_ms=report.oldest_unsent_ms,
        said_ms=received_ms,
    )
