"""`carewire cloud user`: inviting people, letting them choose anew, closing accounts, listing them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from carewire.commands.moments import shown

if TYPE_CHECKING:
    from cloud.access.entrance import Entrance
    from cloud.ports import Account
    from cloud.storage.relational.opening import Relational

__all__ = ["close", "first_administrator", "invite", "list_users", "reset"]

Config = Annotated[
    Path | None, typer.Option("--config", help="TOML settings; CAREWIRE_CLOUD_* in the environment go first.")
]
PersonId = Annotated[str, typer.Argument(metavar="ID", help="Their id, as `carewire cloud user list` shows.")]


def invite(
    name: Annotated[str, typer.Option(help="The name others see.")],
    role: Annotated[str, typer.Option(help="patient, caregiver, clinician or administrator.")],
    config: Config = None,
) -> None:
    """Create a person and print the link, good once and for a week, with which they choose a password."""
    from cloud.ports import Role
    from vitals.errors import ConfigurationError

    if role not in set(Role):
        raise ConfigurationError(f"there is no role {role!r}: choose one of {', '.join(Role)}")
    with _entrance(config) as (entrance, _, url):
        person, token = entrance.invitations.invite(name, Role(role))
    typer.echo(f"{person.id}\n{url}/invitation?token={token}")


def reset(person_id: PersonId, config: Config = None) -> None:
    """Print a link, good once and for a day, with which somebody chooses a new password.

    Their second factor and every session end when it is used, and not before.
    """
    with _entrance(config) as (entrance, _, url):
        typer.echo(f"{url}/invitation?token={entrance.invitations.reset(person_id)}")


def close(person_id: PersonId, config: Config = None) -> None:
    """Let nobody sign in as this person any more, from this moment on."""
    from vitals.errors import ConfigurationError

    with _entrance(config) as (entrance, relational, _):
        person = relational.directory.person(person_id)
        if person is None:
            raise ConfigurationError(
                f"there is nobody of the id {person_id!r}: see `carewire cloud user list`"
            )
        entrance.own_account.close(person)
    typer.echo(f"{person_id} is closed")


def list_users(config: Config = None) -> None:
    """Show everybody who may sign in, and how; the names they sign in by are not readable here."""
    with _entrance(config) as (entrance, relational, _):
        rows = [
            (
                person,
                relational.accounts.account(person.id),
                entrance.sign_in.sessions.open_sessions(person.id),
            )
            for person in relational.directory.people()
        ]
    table = Table("id", "name", "role", "signs in by", "signed in", "last seen", box=None)
    for person, account, sessions in rows:
        seen = shown(sessions[0].used_ms) if sessions else "-"
        table.add_row(person.id, person.display_name, person.role, _ways(account), str(len(sessions)), seen)
    Console().print(table if rows else "nobody may sign in yet: `carewire cloud user invite`")


def first_administrator(config: Config = None) -> None:
    """Print a new link for the first administrator; refused once there is one."""
    from cloud.bootstrap.first_administrator import first_link

    with _entrance(config) as (entrance, _, url):
        typer.echo(first_link(entrance.invitations, url))


def _ways(account: "Account") -> str:
    if account.closed_ms is not None:
        return f"closed {shown(account.closed_ms)}"
    if account.password is None:
        return "link"
    return "password and code" if account.has_totp else "password"


@contextmanager
def _entrance(config: Path | None) -> Iterator[tuple["Entrance", "Relational", str]]:
    from cloud.access.site import site
    from cloud.bootstrap.access import entrance_for
    from cloud.config import load_settings
    from cloud.storage.relational.opening import open_relational

    settings = load_settings(config)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    relational = open_relational(settings.database_url, keys=settings.key_place())
    try:
        entrance = entrance_for(settings, relational, settings.clock.clock())
        yield entrance, relational, site(settings.http.public_url).url
    finally:
        relational.close()
