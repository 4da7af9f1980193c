"""`carewire cloud quarantine`: what could not be stored, looked at, brought back, or given up."""

import getpass
import json
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from carewire.commands.moments import moment_ms, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloud.config import CloudSettings
    from cloud.ports import Discarded, SetAside, Wanted
    from cloud.storage.series import SeriesStores
    from vitals.errors import ConfigurationError

app = typer.Typer(
    help="What could not be stored: look at it, bring it back, or give it up.", no_args_is_help=True
)

Config = Annotated[
    Path | None, typer.Option("--config", help="TOML settings; CAREWIRE_CLOUD_* in the environment go first.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Gateway = Annotated[str | None, typer.Option("--gateway", help="Only of this gateway.")]
Reason = Annotated[str | None, typer.Option("--reason", help="Only what has these words in its reason.")]
Since = Annotated[str | None, typer.Option("--since", help="Only what came since: 2026-03-01T12:00Z.")]
Ids = Annotated[list[int] | None, typer.Argument(help="As `list` shows them.")]


@app.command("list")
def list_entries(
    gateway: Gateway = None,
    reason: Reason = None,
    since: Since = None,
    limit: Annotated[int, typer.Option(min=1, help="Show no more than the newest so many.")] = 50,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """List what is set aside, newest first, and how much room of each gateway it takes."""
    wanted = _wanted(gateway, reason, since)
    with _stores(config) as (_, stores):
        found = stores.quarantine.newest(wanted, limit=limit)
        total = stores.quarantine.count(wanted)
        shares = [each for each in stores.quarantine.shares() if gateway in (None, each.gateway)]
    if as_json:
        facts = {
            "entries": [_facts(entry) for entry in found],
            "omitted": total - len(found),
            "shares": [
                {
                    "gateway": each.gateway,
                    "records": each.records,
                    "bytes": each.size_bytes,
                    "full": each.fullness,
                }
                for each in shares
            ],
        }
        typer.echo(json.dumps(facts, indent=2))
        return
    table = Table("id", "gateway", "epoch", "seq", "came", "bytes", "reason", box=None)
    for entry in found:
        item = entry.record
        table.add_row(
            str(entry.id),
            item.gateway,
            item.epoch,
            str(item.seq or ""),
            shown(item.received_ms),
            f"{len(item.payload):,}",
            _printable(item.reason),
        )
    Console(markup=False).print(table if found else "nothing is set aside")
    if total > len(found):
        typer.echo(f"and {total - len(found):,} older ones")
    for share in shares:
        typer.echo(f"{share.gateway}: {share.records:,} records, {share.fullness:.1%} of its room")


@app.command()
def show(
    number: Annotated[int, typer.Argument(help="As `list` shows it.")],
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Show one entry with all it holds."""
    entry = _entry(number, config)
    facts = _facts(entry) | {"payload": _readable(entry), "payload_hex": entry.record.payload.hex()}
    if as_json:
        typer.echo(json.dumps(facts, indent=2))
        return
    for name, value in facts.items():
        typer.echo(f"{name:<14}{'never' if value is None else _printable(str(value))}")


@app.command()
def replay(
    ids: Ids = None,
    gateway: Gateway = None,
    reason: Reason = None,
    since: Since = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Try again what is set aside, all unless told which; exit 1 if any of it has to stay."""
    from carewire.logs import configure_logs
    from cloud.gateways.standing import Standings
    from cloud.ports import OPERATOR, Deed, LedgerNote
    from cloud.replay.service import Replay
    from cloud.storage.relational.opening import open_relational

    configure_logs(level="error")
    with _stores(config) as (settings, stores):
        _refuse_unknown(stores, ids)
        relational = open_relational(settings.database_url, keys=settings.key_place())
        clock = settings.clock.clock()
        about = {} if gateway is None else {"gateway": gateway}
        try:
            relational.ledger.append(
                LedgerNote(t_ms=clock.wall_ms(), deed=Deed.QUARANTINE_RELEASED, actor=OPERATOR, about=about)
            )
            done = Replay(
                quarantine=stores.quarantine,
                store=stores.replays,
                devices=relational.directory,
                answers=relational.commands,
                clock=clock,
                standing=Standings(book=relational.gateway_book, monotonic_s=time.monotonic),
            ).replay(_wanted(gateway, reason, since, ids))
        finally:
            relational.close()
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "tried": done.tried,
                    "stored": done.stored,
                    "known": done.known,
                    "still_aside": done.still_aside,
                }
            )
        )
    else:
        typer.echo(f"tried {done.tried:,}: {done.stored:,} stored, {done.still_aside:,} still set aside")
    if done.still_aside:
        raise typer.Exit(1)


@app.command()
def discard(
    ids: Ids = None,
    why: Annotated[str, typer.Option(help="Why it is given up; it is written down.")] = "",
    by: Annotated[str | None, typer.Option(help="Who gives it up; unset, who is signed in here.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that the options narrow it to.")] = False,
    gateway: Gateway = None,
    reason: Reason = None,
    since: Since = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Give up what is set aside, for good; who, when and why stays, with its SHA-256."""
    from cloud.ports import Discard
    from vitals.errors import ConfigurationError

    if not why.strip():
        raise ConfigurationError('say with --why "..." why it is given up: it cannot be brought back')
    if bool(ids) == everything:
        raise ConfigurationError(
            "name entries by id, or say --all and narrow that down by --gateway, --reason, --since"
        )
    with _stores(config) as (settings, stores):
        _refuse_unknown(stores, ids)
        given_up = Discard(
            by=by or getpass.getuser(), at_ms=settings.clock.clock().wall_ms(), why=why.strip()
        )
        gone: list[Discarded] = []
        wanted = _wanted(gateway, reason, since, ids)
        while found := stores.quarantine.find(wanted, limit=_AT_ONCE):
            gone += stores.quarantine.discard({entry.id for entry in found}, given_up)
    if as_json:
        typer.echo(json.dumps([_discarded_facts(each) for each in gone], indent=2))
    else:
        typer.echo(f"gave up {len(gone):,}")


@app.command()
def discarded(
    limit: Annotated[int, typer.Option(min=1, help="Show no more than the newest so many.")] = 50,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """List what was given up, newest first: by whom, when, and why."""
    with _stores(config) as (_, stores):
        found = stores.quarantine.discarded(limit)
    if as_json:
        typer.echo(json.dumps([_discarded_facts(each) for each in found], indent=2))
        return
    table = Table("when", "by", "why", "gateway", "epoch", "seq", "bytes", "sha256", box=None)
    for each in found:
        table.add_row(
            shown(each.discard.at_ms),
            each.discard.by,
            each.discard.why,
            each.gateway,
            each.epoch,
            str(each.seq or ""),
            f"{each.size_bytes:,}",
            each.sha256.hex()[:16],
        )
    Console(markup=False).print(table if found else "nothing was ever given up")


_AT_ONCE = 500


def _entry(number: int, config: Path | None) -> "SetAside":
    from cloud.ports import Wanted

    with _stores(config) as (_, stores):
        found = stores.quarantine.find(Wanted(ids=(number,)), limit=1)
    if not found:
        raise _unknown(number)
    return found[0]


def _refuse_unknown(stores: "SeriesStores", ids: list[int] | None) -> None:
    """Raise if a number is of no entry: whoever gave it means another, or has an old list before them."""
    from cloud.ports import Wanted

    for number in ids or ():
        if not stores.quarantine.count(Wanted(ids=(number,))):
            raise _unknown(number)


def _unknown(number: int) -> "ConfigurationError":
    from vitals.errors import ConfigurationError

    return ConfigurationError(f"nothing is set aside under {number}: see `carewire cloud quarantine list`")


def _wanted(
    gateway: str | None, reason: str | None, since: str | None, ids: list[int] | None = None
) -> "Wanted":
    from cloud.ports import Wanted

    return Wanted(
        gateway=gateway,
        reason=reason,
        since_ms=None if since is None else moment_ms("--since", since),
        ids=tuple(ids) if ids else None,
    )


def _readable(entry: "SetAside") -> str:
    """Return a payload as JSON, if it is anything that has such a form."""
    decode = msgspec.json.decode if entry.record.content_type.endswith("json") else msgspec.msgpack.decode
    try:
        return msgspec.json.encode(decode(entry.record.payload)).decode()
    except (msgspec.MsgspecError, RecursionError, ValueError, TypeError):
        return entry.record.payload.decode(errors="backslashreplace")


def _printable(text: str) -> str:
    """Return a text a gateway had a part in, with nothing in it that a terminal would obey."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def _facts(entry: "SetAside") -> dict[str, object]:
    item = entry.record
    return {
        "id": entry.id,
        "gateway": item.gateway,
        "epoch": item.epoch,
        "seq": item.seq,
        "reason": item.reason,
        "content_type": item.content_type,
        "came": shown(item.received_ms),
        "tried": None if entry.tried_ms is None else shown(entry.tried_ms),
        "bytes": len(item.payload),
    }


def _discarded_facts(each: "Discarded") -> dict[str, object]:
    return {
        "gateway": each.gateway,
        "epoch": each.epoch,
        "seq": each.seq,
        "sha256": each.sha256.hex(),
        "bytes": each.size_bytes,
        "reason": each.reason,
        "came": shown(each.received_ms),
        "by": each.discard.by,
        "at": shown(each.discard.at_ms),
        "why": each.discard.why,
    }


@contextmanager
def _stores(config: Path | None) -> "Iterator[tuple[CloudSettings, SeriesStores]]":
    from cloud.config import load_settings
    from cloud.storage.series import open_series_stores, refuse_empty_place

    settings = load_settings(config)
    refuse_empty_place(settings)
    stores = open_series_stores(settings)
    try:
        yield settings, stores
    finally:
        stores.close()
