"""`carewire cloud gateway`: the tokens gateways are known by where they go over HTTP."""

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

__all__ = ["app"]

app = typer.Typer(help="Gateways, and the tokens they go over HTTP with.", no_args_is_help=True)

Config = Annotated[
    Path | None, typer.Option("--config", help="TOML settings; CAREWIRE_CLOUD_* in the environment go first.")
]
GatewayId = Annotated[str, typer.Argument(metavar="ID", help="The gateway's id, such as home-1.")]


@app.command("add")
def add(gateway: GatewayId, config: Config = None) -> None:
    """Print a new token of a gateway, once; tokens it has stay good until they are revoked."""
    with _access(config) as access:
        typer.echo(access.issue(gateway))
    typer.echo(
        "This is shown once: put it into a file that only the gateway reads, named as http.token_file there.",
        err=True,
    )


@app.command("revoke")
def revoke(
    gateway: GatewayId,
    keep_newest: Annotated[
        bool, typer.Option("--keep-newest", help="Leave the newest token good: the others were replaced.")
    ] = False,
    config: Config = None,
) -> None:
    """Make a gateway's tokens worthless from its next request on; exit 1 if it had none."""
    from vitals.errors import ConfigurationError

    with _access(config) as access:
        count = access.revoke(gateway, keep_newest=keep_newest)
    if not count:
        raise ConfigurationError(
            f"{gateway} has no token to revoke: see which are good with `carewire cloud gateway list`"
        )
    typer.echo(f"{count} revoked")


@app.command("list")
def show(config: Config = None) -> None:
    """Show every token ever given: whose, since when, last used when, and whether it is still good."""
    with _access(config) as access:
        found = access.store.credentials()
    table = Table("gateway", "added", "last used", "revoked", box=None)
    for each in found:
        table.add_row(
            each.gateway,
            shown(each.added_ms),
            "never" if each.used_ms is None else shown(each.used_ms),
            "good" if each.revoked_ms is None else shown(each.revoked_ms),
        )
    Console().print(table if found else "no gateway has a token yet")


@contextmanager
def _access(config: Path | None) -> Iterator["GatewayAccess"]:
    import secrets

    from cloud.access.gateways import GatewayAccess
    from cloud.config import load_settings
    from cloud.storage.relational.opening import open_relational

    settings = load_settings(config)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    relational = open_relational(settings.database_url, keys=settings.key_place())
    try:
        yield GatewayAccess(
            store=relational.credentials, clock=settings.clock.clock(), randomness=secrets.token_bytes
        )
    finally:
        relational.close()
