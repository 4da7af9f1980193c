"""`carewire cloud token`: programs that speak for somebody, by a token each."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from carewire.commands.moments import shown

if TYPE_CHECKING:
    from cloud.access.programs import Programs

__all__ = ["app"]

app = typer.Typer(help="Tokens with which programs speak for somebody.", no_args_is_help=True)

Config = Annotated[
    Path | None, typer.Option("--config", help="TOML settings; CAREWIRE_CLOUD_* in the environment go first.")
]


@app.command("add")
def add(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Id of whom the program speaks for.")],
    label: Annotated[str, typer.Option(help="What the program is, for whoever reads the list.")],
    scope: Annotated[
        list[str], typer.Option(help="vitals, waveforms, alerts, location or genome; repeatable.")
    ],
    days: Annotated[int, typer.Option(min=1, max=366, help="For how long it is good.")] = 90,
    patient: Annotated[str | None, typer.Option(help="Id of the one patient it is for.")] = None,
    may_change: Annotated[
        bool, typer.Option("--may-change", help="Let it change what its person may; unset, it only reads.")
    ] = False,
    config: Config = None,
) -> None:
    """Print a new token, once; it never opens more than its person may see."""
    from cloud.access.programs import DAY_MS, TokenWish
    from cloud.ports import OPERATOR, Scope
    from vitals.errors import ConfigurationError

    unknown = sorted(set(scope) - set(Scope))
    if unknown:
        raise ConfigurationError(f"there is no scope {unknown[0]!r}: choose of {', '.join(Scope)}")
    wish = TokenWish(
        label=label,
        scopes=frozenset(Scope(each) for each in scope),
        life_ms=days * DAY_MS,
        is_read_only=not may_change,
        patient_id=patient,
    )
    with _programs(config) as programs:
        known = programs.directory.person(person)
        if known is None:
            raise ConfigurationError(f"there is nobody {person!r}: add them with `carewire cloud user add`")
        secret, token = programs.make(known, wish, actor=OPERATOR)
    typer.echo(secret)
    typer.echo(
        f"This is shown once; {token.id} is good until {shown(token.expires_ms)}. "
        "Put it where only the program reads.",
        err=True,
    )


@app.command("revoke")
def revoke(
    token: Annotated[str, typer.Argument(metavar="ID", help="Id of the token, as in the list.")],
    config: Config = None,
) -> None:
    """Make a token worthless at once; exit 1 if it is already."""
    from cloud.ports import OPERATOR
    from vitals.errors import ConfigurationError

    with _programs(config) as programs:
        if not programs.revoke(token, person=None, actor=OPERATOR):
            raise ConfigurationError(
                f"no token {token!r} is good: see which are with `carewire cloud token list`"
            )
    typer.echo("revoked")


@app.command("list")
def show(
    person: Annotated[
        str | None, typer.Argument(metavar="[PERSON]", help="Id of a person; unset, everybody's.")
    ] = None,
    config: Config = None,
) -> None:
    """Show every token ever made: whose, for what, until when, last used when."""
    with _programs(config) as programs:
        now_ms = programs.clock.wall_ms()
        found = [each for each in programs.book.tokens() if person in {None, each.person_id}]
    table = Table(
        Column("id", no_wrap=True),
        "person",
        "label",
        "scopes",
        "patient",
        "until",
        "last used",
        "state",
        box=None,
    )
    for each in found:
        state = "good" if each.is_good(now_ms) else "revoked" if each.revoked_ms is not None else "over"
        table.add_row(
            each.id,
            each.person_id,
            each.label,
            " ".join(sorted(each.scopes)) + ("" if each.is_read_only else " +change"),
            each.patient_id or "",
            shown(each.expires_ms),
            "never" if each.used_ms is None else shown(each.used_ms),
            state,
        )
    Console(markup=False).print(table if found else "there is no token yet")


@contextmanager
def _programs(config: Path | None) -> Iterator["Programs"]:
    from cloud.bootstrap.access import gatekeeper_over
    from cloud.bootstrap.ways_in import programs_over
    from cloud.config import load_settings
    from cloud.storage.relational.opening import open_relational

    settings = load_settings(config)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    relational, clock = open_relational(settings.database_url), settings.clock.clock()
    try:
        yield programs_over(relational, clock, gatekeeper_over(relational, clock))
    finally:
        relational.close()
