"""`carewire cloud log-in`: who is who at the hospital's own log-in, linked before anybody comes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from carewire.commands.moments import shown

if TYPE_CHECKING:
    from cloud.access.openid.log_in import OpenIdLogIn

__all__ = ["app"]

app = typer.Typer(help="Who is who at the hospital's own log-in.", no_args_is_help=True)

Config = Annotated[
    Path | None, typer.Option("--config", help="TOML settings; CAREWIRE_CLOUD_* in the environment go first.")
]
PersonId = Annotated[str, typer.Argument(metavar="PERSON", help="The person's id here.")]


@app.command("link")
def link(
    person: PersonId,
    subject: Annotated[
        str, typer.Argument(metavar="SUBJECT", help="Who they are there: the provider's `sub`, exactly.")
    ],
    config: Config = None,
) -> None:
    """Let somebody in by what the provider says of a subject."""
    from cloud.access.openid.refusals import OpenIdRefusedError
    from cloud.ports import OPERATOR
    from vitals.errors import ConfigurationError

    with _log_in(config) as log_in:
        known = log_in.directory.person(person)
        if known is None:
            raise ConfigurationError(f"there is nobody {person!r}: add them with `carewire cloud user add`")
        try:
            log_in.link(known, subject, actor=OPERATOR)
        except OpenIdRefusedError as error:
            raise ConfigurationError(
                "that subject or that person is linked already: see `carewire cloud log-in list`"
            ) from error
    typer.echo("linked")


@app.command("unlink")
def unlink(person: PersonId, config: Config = None) -> None:
    """Have the provider's word open nothing for somebody any more; exit 1 if it did not."""
    from cloud.ports import OPERATOR
    from vitals.errors import ConfigurationError

    with _log_in(config) as log_in:
        known = log_in.directory.person(person)
        if known is None or not log_in.forget(known, actor=OPERATOR):
            raise ConfigurationError(f"{person!r} is not linked: see `carewire cloud log-in list`")
    typer.echo("unlinked")


@app.command("list")
def show(config: Config = None) -> None:
    """Show everybody who is linked."""
    with _log_in(config) as log_in:
        found = log_in.identities.links()
    table = Table("person", "issuer", "subject", "linked", "last used", box=None)
    for each in found:
        table.add_row(
            each.person_id,
            each.issuer,
            each.subject,
            shown(each.linked_ms),
            "never" if each.used_ms is None else shown(each.used_ms),
        )
    Console(markup=False).print(table if found else "nobody is linked yet")


@contextmanager
def _log_in(config: Path | None) -> Iterator["OpenIdLogIn"]:
    from cloud.access.site import site
    from cloud.bootstrap.ways_in import openid_over
    from cloud.config import load_settings
    from cloud.storage.relational.opening import open_relational
    from vitals.errors import ConfigurationError

    settings = load_settings(config)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    relational = open_relational(settings.database_url)
    try:
        log_in = openid_over(relational, settings, site(settings.http.public_url), settings.clock.clock())
        if log_in is None:
            raise ConfigurationError("no log-in is set up: name its issuer in [openid] of the settings")
        yield log_in
    finally:
        relational.close()
