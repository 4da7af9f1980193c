"""`carewire cloud grant`, `revoke`, `grants`, `team` and `proxy`: who may see what, said at the machine.

Each is on the ledger as the operator's.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cloud.bootstrap.access import RelationDesks
    from cloud.storage.relational.opening import Relational

__all__ = ["grant", "grants", "proxy", "revoke", "team"]

Config = Annotated[
    Path | None, typer.Option("--config", help="TOML settings; CAREWIRE_CLOUD_* in the environment go first.")
]
PatientId = Annotated[str, typer.Argument(metavar="PATIENT", help="Whose record.")]
Until = Annotated[
    str | None,
    typer.Option(help="When it ends, such as 2031-05-04 or 2031-05-04T18:00+02:00; none: until taken back."),
]
team = typer.Typer(help="Care teams: who is in them.", no_args_is_help=True)
proxy = typer.Typer(help="Who acts in a patient's place.", no_args_is_help=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    """The desks over the database of the settings."""

    relational: "Relational"
    desks: "RelationDesks"


def grant(
    patient_id: PatientId,
    person: Annotated[str | None, typer.Option(help="Id of whom to open it to.")] = None,
    to_team: Annotated[str | None, typer.Option("--team", help="Id of the care team instead.")] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option(help="vitals, waveforms, alerts, location or genome; repeatable. Default: all."),
    ] = None,
    until: Until = None,
    config: Config = None,
) -> None:
    """Open a patient's record to somebody, and print the grant's id."""
    from cloud.ports import EVERYTHING, OPERATOR, Scope
    from vitals.errors import ConfigurationError

    unknown = sorted(set(scope or ()) - set(Scope))
    if unknown:
        raise ConfigurationError(f"there is no scope {unknown[0]!r}: choose of {', '.join(Scope)}")
    scopes = frozenset(Scope(one) for one in scope) if scope else EVERYTHING
    with _opened(config) as here:
        given = here.desks.sharing.give(
            patient_id,
            person_id=person,
            team_id=to_team,
            scopes=scopes,
            until_ms=_moment_ms(until),
            by=OPERATOR,
        )
    typer.echo(given.id)


def revoke(
    patient_id: PatientId,
    grant_id: Annotated[str, typer.Argument(metavar="GRANT", help="Its id, as `grants` prints it.")],
    config: Config = None,
) -> None:
    """Close at once what a grant opened; streams it let open end within a second."""
    from cloud.ports import OPERATOR
    from vitals.errors import ConfigurationError

    with _opened(config) as here:
        for one in here.desks.sharing.given(patient_id):
            if one.id == grant_id:
                taken = here.desks.sharing.take_back(one, OPERATOR)
                typer.echo("taken back" if taken else "it was taken back before")
                return
    raise ConfigurationError(f"patient {patient_id!r} has no grant {grant_id!r}: see `carewire cloud grants`")


def grants(patient_id: PatientId, config: Config = None) -> None:
    """List every grant of a patient, those that open nothing any more too, the newest first."""
    with _opened(config) as here:
        now_ms = here.desks.sharing.clock.wall_ms()
        for one in here.desks.sharing.given(patient_id):
            to = one.person_id or f"team {one.team_id}"
            state = "in force" if one.is_in_force(now_ms) else "closed"
            typer.echo(f"{one.id}  {to}  {','.join(sorted(one.scopes))}  {state}")


@team.command("add")
def add_team(name: Annotated[str, typer.Argument(help="What it is called.")], config: Config = None) -> None:
    """Make a care team, and print its id."""
    from cloud.ports import OPERATOR

    with _opened(config) as here:
        typer.echo(here.desks.teams.make(name, OPERATOR).id)


@team.command("join")
def join(
    team_id: Annotated[str, typer.Argument(metavar="TEAM")],
    person_id: Annotated[str, typer.Argument(metavar="PERSON")],
    config: Config = None,
) -> None:
    """Put somebody in a team: what patients opened to it is open to them at once."""
    from cloud.ports import OPERATOR
    from vitals.errors import ConfigurationError

    with _opened(config) as here:
        found = here.desks.teams.team(team_id)
        if found is None:
            raise ConfigurationError(f"there is no team {team_id!r}: see `carewire cloud team list`")
        here.desks.teams.add(found, person_id, OPERATOR)
    typer.echo("joined")


@team.command("leave")
def leave(
    team_id: Annotated[str, typer.Argument(metavar="TEAM")],
    person_id: Annotated[str, typer.Argument(metavar="PERSON")],
    config: Config = None,
) -> None:
    """Take somebody out of a team, at once."""
    from cloud.ports import OPERATOR
    from vitals.errors import ConfigurationError

    with _opened(config) as here:
        for one in here.desks.teams.current(team_id):
            if one.person_id == person_id:
                here.desks.teams.remove(one, OPERATOR)
                typer.echo("left")
                return
    raise ConfigurationError(f"{person_id!r} is not in team {team_id!r}: see `carewire cloud team list`")


@team.command("list")
def list_teams(config: Config = None) -> None:
    """List the care teams and who is in them now."""
    with _opened(config) as here:
        for one in here.desks.teams.all():
            people = ", ".join(each.person_id for each in here.desks.teams.current(one.id)) or "nobody"
            typer.echo(f"{one.id}  {one.name}: {people}")


@proxy.command("add")
def add_proxy(
    patient_id: PatientId,
    person_id: Annotated[str, typer.Argument(metavar="PERSON", help="Who acts in the patient's place.")],
    kind: Annotated[str, typer.Option(help="parent (needs --until, such as the 18th birthday) or guardian.")],
    until: Until = None,
    config: Config = None,
) -> None:
    """Have somebody act in a patient's place: see everything, and open it to others."""
    from cloud.ports import OPERATOR, Guardianship
    from vitals.errors import ConfigurationError

    if kind not in set(Guardianship):
        raise ConfigurationError(f"there is no proxy of kind {kind!r}: choose {' or '.join(Guardianship)}")
    with _opened(config) as here:
        made = here.desks.proxies.make(patient_id, person_id, Guardianship(kind), _moment_ms(until), OPERATOR)
    typer.echo(made.id)


@proxy.command("end")
def end_proxy(
    patient_id: PatientId,
    proxy_id: Annotated[str, typer.Argument(metavar="PROXY", help="Its id, as `add` printed it.")],
    config: Config = None,
) -> None:
    """Have somebody act in a patient's place no more, at once."""
    from cloud.ports import OPERATOR
    from vitals.errors import ConfigurationError

    with _opened(config) as here:
        for one in here.desks.proxies.of(patient_id):
            if one.id == proxy_id:
                here.desks.proxies.end(one, OPERATOR)
                typer.echo("ended")
                return
    raise ConfigurationError(f"patient {patient_id!r} has no proxy {proxy_id!r}: check both ids")


@contextmanager
def _opened(config: Path | None) -> Iterator[_Open]:
    from cloud.bootstrap.access import relation_desks_over
    from cloud.config import load_settings
    from cloud.storage.relational.opening import open_relational

    settings = load_settings(config)
    relational = open_relational(settings.database_url, keys=settings.key_place())
    try:
        yield _Open(relational=relational, desks=relation_desks_over(relational, settings.clock.clock()))
    finally:
        relational.close()


def _moment_ms(text: str | None) -> int | None:
    from vitals.errors import ConfigurationError

    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(f"{text!r} is no time: give one like 2031-05-04T18:00+02:00") from error
    return int(moment.astimezone().timestamp() * 1000)
