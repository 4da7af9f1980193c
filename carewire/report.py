"""What a run amounted to, from what the gateway made and what the cloud has. Pure."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

Ranges = Sequence[tuple[int, int]]
"""Seqs as inclusive ranges."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What the cloud holds of one epoch: stored, set aside, and duplicates absorbed."""

    epoch: str
    stored: Ranges
    quarantined: Ranges
    duplicates: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Where every record that was ever made is now. `lost` is what is nowhere."""

    records_made: int
    records_stored: int
    records_quarantined: int
    records_in_outbox: int
    records_lost: int
    duplicates: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantiles:
    """Median and 99th percentile (nearest rank) of `count` latencies; None when there are none."""

    count: int
    p50: float | None
    p99: float | None


def balance(made: Mapping[str, int], held: Mapping[str, Ranges], accounts: Iterable[Account]) -> Ledger:
    """Set what was made against where it is.

    `made` is the last seq of each epoch, `held` the seqs still in the outbox. Both must have been
    read before `accounts`: what the cloud has stored meanwhile only helps.
    """
    by_epoch = {account.epoch: account for account in accounts}
    stored = quarantined = waiting = lost = 0
    for epoch, last in made.items():
        account = by_epoch.get(epoch)
        safe = _seqs_up_to(last, account.stored) if account else set[int]()
        aside = _seqs_up_to(last, account.quarantined) - safe if account else set[int]()
        queued = _seqs_up_to(last, held.get(epoch, ())) - safe - aside
        stored += len(safe)
        quarantined += len(aside)
        waiting += len(queued)
        lost += last - len(safe) - len(aside) - len(queued)
    return Ledger(
        records_made=sum(made.values()),
        records_stored=stored,
        records_quarantined=quarantined,
        records_in_outbox=waiting,
        records_lost=lost,
        duplicates=sum(account.duplicates for account in by_epoch.values()),
    )


def quantiles(latencies_ms: Iterable[float]) -> Quantiles:
    """Return the nearest-rank median and 99th percentile."""
    ordered = sorted(latencies_ms)

    def rank(share: float) -> float | None:
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None

    return Quantiles(count=len(ordered), p50=rank(0.50), p99=rank(0.99))


def run_report(
    *,
    about: Mapping[str, Any],
    ledger: Ledger,
    alerts: Sequence[Mapping[str, Any]],
    inference: Mapping[str, Any],
) -> dict[str, Any]:
    """Put a run's report together, ready for JSON."""
    latencies = [alert["latency_ms"] for alert in alerts if alert["latency_ms"] is not None]
    return {
        **about,
        **asdict(ledger),
        "alerts": list(alerts),
        "latency_ms": asdict(quantiles(latencies)),
        "inference": dict(inference),
    }


def _seqs_up_to(last: int, ranges: Ranges) -> set[int]:
    return {seq for first, end in ranges for seq in range(first, min(end, last) + 1)}
