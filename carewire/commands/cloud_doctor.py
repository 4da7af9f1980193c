"""`carewire cloud doctor`: where every record of every gateway is, in words, and whether one is missing."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from carewire.commands.moments import shown

if TYPE_CHECKING:
    from cloud.accounting import GatewayAccount, Waiting
    from cloud.backup.manifest import EpochRanges
    from cloud.backup.restorations import Restoration
    from cloud.ports import Declared, UnboundDevice

Config = Annotated[
    Path | None, typer.Option("--config", help="TOML settings; CAREWIRE_CLOUD_* in the environment go first.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_EPOCHS_NAMED = 5
_RANGES_NAMED = 4


def doctor(config: Config = None, as_json: AsJson = False) -> None:
    """Say where every record of every gateway is; exit 1 if one that was made is missing."""
    from cloud.accounting import accounts_of
    from cloud.attention import ownerless
    from cloud.backup.lost import lost_with_the_disk
    from cloud.backup.restorations import read
    from cloud.config import load_settings
    from cloud.replay.crowding import crowding
    from cloud.storage.series import open_series_stores, refuse_empty_place

    settings = load_settings(config)
    refuse_empty_place(settings)
    stores = open_series_stores(settings)
    try:
        epochs = stores.records.accounts()
        names = {epoch.gateway for epoch in epochs}
        reports = {name: report for name in names if (report := stores.gateways.gateway_report(name))}
        accounts = accounts_of(epochs, reports)
        gone = tuple(lost_with_the_disk(epochs, read(settings.data_dir)))
        unbound = stores.unbound.unbound_devices()
        crowded = crowding(stores.quarantine)
    finally:
        stores.close()
    if as_json:
        typer.echo(json.dumps(_facts(accounts, unbound) | {"lost_with_a_disk": _lost_facts(gone)}, indent=2))
    else:
        lost = (_lost(*each) for each in gone)
        for line in (*_said(accounts), *lost, *map(ownerless, unbound), *crowded, _verdict(accounts)):
            typer.echo(line)
    if any(account.unexplained for account in accounts):
        raise typer.Exit(1)


def _said(accounts: "Sequence[GatewayAccount]") -> Iterator[str]:
    for account in accounts:
        counts = account.counts
        yield account.gateway
        yield (
            f"  {counts.stored:,} records stored, {counts.quarantined:,} set aside, "
            f"{counts.discarded:,} given up; {account.duplicates:,} came more than once"
        )
        if account.waiting is not None:
            yield f"  {_waiting(account.waiting)}"
        for declared in account.declared:
            yield f"  {_declared(declared)}"
        if counts.missing:
            yield from _missing(account)


def _waiting(waiting: "Waiting") -> str:
    said = f"as it said at {shown(waiting.said_ms)}"
    if not waiting.records:
        return f"nothing waits at the gateway, {said}"
    oldest = "" if waiting.oldest_ms is None else f", the oldest of {shown(waiting.oldest_ms)}"
    size_kb = waiting.size_bytes / 1000
    return f"waiting at the gateway: {waiting.records:,} records ({size_kb:,.0f} kB{oldest}), {said}"


def _declared(declared: "Declared") -> str:
    what = "records lost with its outbox" if declared.of_records else "samples that do not exist"
    unknown = f"; {declared.uncounted:,} of the gaps do not say how many" if declared.uncounted else ""
    return f"declared ({declared.reason}): {declared.gaps:,} gaps, {declared.missed:,} {what}{unknown}"


def _missing(account: "GatewayAccount") -> Iterator[str]:
    explained = account.counts.missing - account.unexplained
    yield f"  MISSING: {account.counts.missing:,} records were numbered and never came"
    if explained:
        yield f"    {explained:,} of them it declared lost with its outbox"
    holed = [epoch for epoch in account.epochs if epoch.missing]
    for epoch in holed[:_EPOCHS_NAMED]:
        ranges = ", ".join(
            f"{first}-{last}" if last > first else f"{first}" for first, last in epoch.missing[:_RANGES_NAMED]
        )
        more = ", ..." if len(epoch.missing) > _RANGES_NAMED else ""
        yield f"    {epoch.counts.missing:,} of {epoch.epoch}: {ranges}{more}"
    if len(holed) > _EPOCHS_NAMED:
        yield f"    and of {len(holed) - _EPOCHS_NAMED:,} more epochs: see --json"
    if account.unexplained:
        yield f"    {_advice(account)}"


def _advice(account: "GatewayAccount") -> str:
    if account.waiting is not None and account.waiting.records:
        return "they may be among what waits there: ask again when that has come"
    return "ask it where they went: `carewire edge outbox` on the gateway"


def _lost(restoration: "Restoration", records: "EpochRanges") -> str:
    ranges = ", ".join(f"{first}-{last}" for first, last in records.ranges)
    return (
        f"{records.gateway}, {records.epoch}: {ranges} went with the old disk: they came after the backup of "
        f"{shown(restoration.instant_ms)}, which was restored {shown(restoration.restored_ms)}"
    )


def _lost_facts(gone: "Sequence[tuple[Restoration, EpochRanges]]") -> list[dict[str, Any]]:
    return [
        {
            "gateway": records.gateway,
            "epoch": records.epoch,
            "ranges": records.ranges,
            "instant_ms": restoration.instant_ms,
            "restored_ms": restoration.restored_ms,
        }
        for restoration, records in gone
    ]


def _verdict(accounts: "Sequence[GatewayAccount]") -> str:
    if not accounts:
        return "no gateway has sent anything yet"
    missing = sum(account.unexplained for account in accounts)
    stored = sum(account.counts.stored for account in accounts)
    aside = sum(account.counts.quarantined for account in accounts)
    found = f"{missing:,} ARE MISSING" if missing else "nothing is missing"
    return f"in all: {stored:,} records stored, {aside:,} set aside, {found}"


def _facts(accounts: "Sequence[GatewayAccount]", unbound: "Sequence[UnboundDevice]") -> dict[str, Any]:
    return {
        "missing": sum(account.unexplained for account in accounts),
        "gateways": [
            {
                "gateway": account.gateway,
                **asdict(account.counts),
                "unexplained": account.unexplained,
                "duplicates": account.duplicates,
                "declared": [asdict(each) for each in account.declared],
                "waiting": None if account.waiting is None else asdict(account.waiting),
                "epochs": [
                    {"epoch": epoch.epoch, **asdict(epoch.counts), "missing_ranges": epoch.missing}
                    for epoch in account.epochs
                ],
            }
            for account in accounts
        ],
        "unbound": [asdict(device) for device in unbound],
    }
