"""`carewire cloud backup`, `restore` and `migrate-database`."""

import json
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from carewire.commands.cloud_doctor import AsJson, Config

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cloud.backup.manifest import EpochRanges, Manifest

_YIELDS_TO_THE_SERVICE = 10
_SEALED = "it is sealed: only with its keyring and the master key does it open"
_NOT_SEALED = "it is NOT SEALED, as backups of before: whoever has the file reads what was measured"


def backup(
    target: Annotated[
        Path | None,
        typer.Argument(help="A folder, or a file ending in .backup; unset, backup.folder of the settings."),
    ] = None,
    keep: Annotated[
        int | None,
        typer.Option(min=1, help="How many stay in the folder; unset, backup.keep there, else all."),
    ] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Copy everything the service keeps, while it runs, as it is at one moment; exit 1 if part is damaged."""
    from cloud.backup.manifest import count_of
    from cloud.backup.shelf import Shelf
    from cloud.backup.take import take
    from cloud.config import load_settings
    from vitals.errors import ConfigurationError

    settings = load_settings(config)
    where = target or settings.backup.folder
    if where is None:
        raise ConfigurationError("say where: carewire cloud backup FOLDER, or set backup.folder")
    taken = take(settings, where, now_ms=settings.clock.clock().wall_ms, pause=_let_the_service_go_first)
    stay = keep or (settings.backup.keep if where == settings.backup.folder else None)
    damaged = len(taken.manifest.damaged_hours)
    gone: Sequence[Path] = ()
    if stay and where.is_dir() and not damaged:
        gone = Shelf(folder=where).thin_out(stay, taken.manifest.instant_ms)
    facts = {
        "file": str(taken.path),
        "bytes": taken.bytes,
        "took_s": round(taken.took_s, 1),
        "instant_ms": taken.manifest.instant_ms,
        "records": count_of(taken.manifest.taken),
        "damaged_hours": damaged,
        "is_sealed": taken.is_sealed,
        "keys_destroyed": taken.keys_destroyed,
        "removed": [path.name for path in gone],
    }
    if as_json:
        typer.echo(json.dumps(facts, indent=2))
    else:
        typer.echo(f"{taken.path}: {_size(taken.bytes)}, taken in {taken.took_s:.1f} s")
        _describe(taken.manifest)
        if not taken.manifest.holds_points:
            typer.echo("its points are in InfluxDB: back that up now, after this (docs/operations.md)")
        if not taken.is_sealed:
            typer.echo("it is NOT SEALED: start this version's service once, then take another")
        if taken.keys_destroyed:
            typer.echo(
                f"{taken.keys_destroyed} older backups hold somebody who was erased: they open no more"
            )
        for path in gone:
            typer.echo(f"removed {path.name}")
    if damaged:
        raise typer.Exit(1)


def restore(
    file: Annotated[Path, typer.Argument(help="A backup.")],
    check: Annotated[
        bool, typer.Option("--check", help="Read all of it, say what it is, touch nothing.")
    ] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Set aside what is there.")] = False,
    keep_database: Annotated[
        bool, typer.Option("--keep-database", help="Restore the series file alone.")
    ] = False,
    salvage: Annotated[
        Path | None,
        typer.Option(help="series.db of the old disk, if it survives: it is newer than the backup."),
    ] = None,
    acked: Annotated[
        list[Path] | None,
        typer.Option(help="What a gateway's `carewire edge outbox --acked` printed; repeatable."),
    ] = None,
    keyring: Annotated[
        Path | None, typer.Option(help="The keyring, unless it lies beside the backup.")
    ] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Bring a backup back to an empty place, and say which records are lost; exit 1 if any is."""
    from cloud.backup import archive
    from cloud.backup.archive_keys import key_finder
    from cloud.backup.manifest import count_of
    from cloud.backup.restore import Asked
    from cloud.backup.restore import restore as bring_back
    from cloud.config import load_settings

    settings = load_settings(config)
    if check:
        _describe(archive.verify(file, key_finder(settings, file, keyring, from_database=False)))
        typer.echo("every file in it is what was written")
        typer.echo(_SEALED if archive.is_sealed(file) else _NOT_SEALED)
        return
    asked = Asked(
        replace=replace,
        keep_database=keep_database,
        salvage=salvage,
        keyring=keyring,
        acknowledged=tuple(one for path in acked or () for one in _acknowledged(path)),
    )
    done = bring_back(file, settings, asked, now_ms=settings.clock.clock().wall_ms)
    if as_json:
        facts = {
            "instant_ms": done.manifest.instant_ms,
            "records": count_of(done.taken),
            "rows": dict(done.rows),
            "set_aside": [str(path) for path in done.set_aside],
            "judged_again": done.judged_again,
            "left_out": list(done.left_out),
            "lost": [_lost_row(one) for one in done.lost],
        }
        typer.echo(json.dumps(facts, indent=2))
    else:
        _describe(done.manifest)
        typer.echo(f"restored {count_of(done.taken):,} records and {sum(done.rows.values()):,} rows")
        if done.judged_again:
            typer.echo(f"{done.judged_again:,} events since then will be judged again: alerts may come twice")
        for patient_id in done.left_out:
            typer.echo(f"{patient_id} is left out: their key is gone, as it is of whoever was erased")
        if not archive.is_sealed(file):
            typer.echo(_NOT_SEALED)
        typer.echo("grants, sign-ins and erasures are as of then: take back again what was taken back since")
        for path in done.set_aside:
            typer.echo(f"what was there is now {path}")
        _tell_lost(done.lost, told=bool(asked.acknowledged))
    if done.lost:
        raise typer.Exit(1)


def migrate_database(
    source: Annotated[str, typer.Option("--from", help="The database_url that holds the rows.")],
    target: Annotated[str, typer.Option("--to", help="The database_url of an empty database.")],
) -> None:
    """Copy people, grants, alerts and commands into another database; stop the service before."""
    from cloud.backup.move import move_rows

    counts = move_rows(source, target)
    table = Table("table", "rows", box=None)
    for name, count in counts.items():
        table.add_row(name, f"{count:,}")
    Console().print(table)
    typer.echo("set database_url to the new database, then start the service")


@cache
def _let_the_service_go_first() -> None:
    """Yield from the first copied page on: until then the service waits for us."""
    os.nice(_YIELDS_TO_THE_SERVICE)


def _describe(manifest: "Manifest") -> None:
    from datetime import UTC, datetime

    from cloud.backup.manifest import count_of

    moment = datetime.fromtimestamp(manifest.instant_ms / 1000, UTC)
    gateways = {one.gateway for one in manifest.taken}
    typer.echo(
        f"as of {moment:%Y-%m-%d %H:%M:%S} UTC: {count_of(manifest.taken):,} records of "
        f"{len(gateways)} gateways, {manifest.rows.get('patient', 0)} patients, "
        f"{manifest.rows.get('alert', 0):,} alerts"
    )
    if manifest.damaged_hours:
        typer.echo(
            f"DAMAGED: {len(manifest.damaged_hours):,} hours of single series cannot be read, and could "
            "not when this was taken: keep older backups, which may have them (none was "
            "removed, and no key of theirs destroyed)"
        )


def _tell_lost(lost: "Sequence[EpochRanges]", *, told: bool) -> None:
    for one in lost:
        typer.echo(f"lost: {one.gateway} {one.epoch} {_spans(one.ranges)}")
    if not told:
        typer.echo(
            "what gateways were told is stored after that moment is not in it: give --acked to have it "
            "named, or look at `carewire cloud doctor` once they have gone on"
        )
    elif not lost:
        typer.echo("everything those gateways were told is stored is there")


def _acknowledged(path: Path) -> "tuple[EpochRanges, ...]":
    import msgspec

    from cloud.backup.manifest import EpochRanges
    from vitals.errors import ConfigurationError

    try:
        return msgspec.json.decode(path.read_bytes(), type=tuple[EpochRanges, ...])
    except (OSError, msgspec.MsgspecError) as error:
        raise ConfigurationError(
            f"{path} cannot be read ({error}): give what `carewire edge outbox --acked` printed"
        ) from error


def _lost_row(one: "EpochRanges") -> dict[str, object]:
    return {"gateway": one.gateway, "epoch": one.epoch, "ranges": [list(span) for span in one.ranges]}


def _spans(ranges: "Iterable[tuple[int, int]]") -> str:
    return ", ".join(f"{first}-{last}" for first, last in ranges)


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"
