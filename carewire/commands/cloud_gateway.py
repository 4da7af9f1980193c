"""`carewire cloud gateway`: who is let in, for whom they speak, and what they are known by."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from carewire.commands.moments import shown

if TYPE_CHECKING:
    from cloud.access.gateways import GatewayAccess
    from cloud.gateways.enrolment import EnrolmentDesk
    from cloud.ports import Directory

__all__ = ["app"]

app = typer.Typer(help="Gateways: let in, take back, and their tokens for HTTP.", no_args_is_help=True)

Config = Annotated[
    Path | None, typer.Option("--config", help="TOML settings; CAREWIRE_CLOUD_* in the environment go first.")
]
_OPERATOR = "operator"
GatewayId = Annotated[str, typer.Argument(metavar="ID", help="The gateway's id, such as home-1.")]


@app.command("add")
def add(gateway: GatewayId, config: Config = None) -> None:
    """Print a new token of a gateway, once; tokens it has are good for 14 days more."""
    with _access(config) as access:
        typer.echo(access.issue(gateway))
    typer.echo(
        "This is shown once: put it into a file that only the gateway reads, named as http.token_file there.",
        err=True,
    )


@app.command("invite")
def invite(
    gateway: GatewayId,
    hours: Annotated[int, typer.Option(min=1, max=168, help="How long the code is good.")] = 24,
    speaks_for: Annotated[
        list[str] | None,
        typer.Option(
            "--for", help="Id of a patient it may bring records of; repeatable. Default: of anybody."
        ),
    ] = None,
    qr: Annotated[bool, typer.Option("--qr/--no-qr", help="Draw the code, for a camera.")] = True,
    config: Config = None,
) -> None:
    """Print a code that lets a gateway in, once: `carewire edge enrol CODE` on it."""
    from vitals.wire.enrolment import code_to_text

    with _desk(config) as (desk, directory):
        _refuse_unknown_patients(directory, speaks_for)
        text = code_to_text(desk.invite(gateway, by=_OPERATOR, lasts_ms=hours * 3_600_000))
        if speaks_for:
            desk.speak_for(gateway, speaks_for, by=_OPERATOR)
    if qr:
        from carewire.qr import terminal_qr

        typer.echo(terminal_qr(text), err=True)
    typer.echo(text)
    typer.echo(f"On the gateway, within {hours} h: carewire edge enrol CODE. It is good once.", err=True)


@app.command("speaks-for")
def speaks_for(
    gateway: GatewayId,
    patient: Annotated[
        list[str] | None, typer.Argument(metavar="[PATIENT]...", help="Ids of patients, all of them.")
    ] = None,
    anybody: Annotated[bool, typer.Option("--anybody", help="Let it bring records of anybody.")] = False,
    config: Config = None,
) -> None:
    """Say of whom a gateway may bring records; those of others are set aside, and can be replayed."""
    from vitals.errors import ConfigurationError

    if bool(patient) == anybody:
        raise ConfigurationError("give either the patients' ids or --anybody")
    with _desk(config) as (desk, directory):
        _refuse_unknown_patients(directory, patient)
        desk.speak_for(gateway, None if anybody else patient, by=_OPERATOR)
    typer.echo(f"{gateway} speaks for {'anybody' if anybody else ', '.join(patient or ())}")


@app.command("identities")
def show_identities(config: Config = None) -> None:
    """Show how every gateway stands that was let in, invited or revoked."""
    from cloud.gateways.overview import identities

    with _desk(config) as (desk, _):
        found = identities(desk.book, desk.clock.wall_ms())
    table = Table("gateway", "is", "certificate ends", "speaks for", box=None)
    for each in found:
        whom = "anybody" if each.patients is None else ", ".join(sorted(each.patients)) or "nobody"
        ends = "" if each.expires_ms is None else shown(each.expires_ms)
        table.add_row(each.gateway, each.state, ends, whom)
    Console().print(table if found else "no gateway was let in by certificate yet")


@app.command("revoke")
def revoke(
    gateway: GatewayId,
    keep_newest: Annotated[
        bool,
        typer.Option(
            "--keep-newest", help="Only end its older tokens, which were replaced: it stays let in."
        ),
    ] = False,
    config: Config = None,
) -> None:
    """Let a gateway in no more: what it sends is refused within seconds; exit 1 if it had nothing good."""
    from vitals.errors import ConfigurationError

    if keep_newest:
        with _access(config) as access:
            count = access.revoke(gateway, keep_newest=True)
    else:
        with _desk(config) as (desk, _):
            count = desk.revoke(gateway, by=_OPERATOR)
    if not count:
        raise ConfigurationError(
            f"{gateway} has no certificate and no token to revoke; what it sends is refused all the same: "
            "`carewire cloud gateway identities` and `list` show which are good"
        )
    typer.echo(f"{count} revoked")


@app.command("list")
def show(config: Config = None) -> None:
    """Show every token ever given: whose, since when, last used when, and whether it is still good."""
    with _access(config) as access:
        found = [(each, access.ends_ms(each)) for each in access.store.credentials()]
        now_ms = access.clock.wall_ms()
    table = Table("gateway", "added", "last used", "is", box=None)
    for each, ends_ms in found:
        table.add_row(
            each.gateway,
            shown(each.added_ms),
            "never" if each.used_ms is None else shown(each.used_ms),
            _state(each.revoked_ms, ends_ms, now_ms),
        )
    Console().print(table if found else "no gateway has a token yet")


def _state(revoked_ms: int | None, ends_ms: int, now_ms: int) -> str:
    if revoked_ms is not None:
        return f"revoked {shown(revoked_ms)}"
    return f"{'good until' if now_ms < ends_ms else 'ended'} {shown(ends_ms)}"


@contextmanager
def _access(config: Path | None) -> Iterator["GatewayAccess"]:
    with _desk(config) as (desk, _):
        yield desk.access


@contextmanager
def _desk(config: Path | None) -> "Iterator[tuple[EnrolmentDesk, Directory]]":
    from cloud.bootstrap.gateways import enrolment_over
    from cloud.config import load_settings
    from cloud.storage.relational.opening import open_relational

    settings = load_settings(config)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    relational = open_relational(settings.database_url, keys=settings.key_place())
    try:
        yield enrolment_over(settings, relational, settings.clock.clock()), relational.directory
    finally:
        relational.close()


def _refuse_unknown_patients(directory: "Directory", patients: list[str] | None) -> None:
    from vitals.errors import ConfigurationError

    for each in patients or ():
        if directory.patient(each) is None:
            raise ConfigurationError(
                f"there is no patient {each!r}: add one with `carewire cloud patient add`"
            )
