"""`carewire cloud`: the service."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from carewire.commands import (
    cloud_adopt,
    cloud_authority,
    cloud_backup,
    cloud_burden,
    cloud_doctor,
    cloud_export,
    cloud_forget,
    cloud_gateway,
    cloud_health,
    cloud_keys,
    cloud_log_in,
    cloud_quarantine,
    cloud_relations,
    cloud_release_key,
    cloud_report,
    cloud_rollout,
    cloud_rules,
    cloud_token,
    cloud_user,
    cloud_words,
)
from carewire.commands.cloud_migrate_series import migrate_series
from carewire.commands.moments import moment_ms, shown
from carewire.commands.privacy import nothing_for_others

if TYPE_CHECKING:
    from cloud.ports import Directory
    from cloud.storage.relational.directory import RelationalDirectory

app = typer.Typer(
    help="The service that stores, alerts and shows.", no_args_is_help=True, callback=nothing_for_others
)
app.command("migrate-series")(migrate_series)
user = typer.Typer(help="People who may sign in.", no_args_is_help=True)
patient = typer.Typer(help="People who wear devices.", no_args_is_help=True)
device = typer.Typer(help="Wearables and whose they are.", no_args_is_help=True)
app.add_typer(user, name="user")
app.add_typer(patient, name="patient")
app.add_typer(device, name="device")
app.add_typer(cloud_authority.app, name="authority")
app.add_typer(cloud_gateway.app, name="gateway")
app.add_typer(cloud_quarantine.app, name="quarantine")
app.add_typer(cloud_release_key.app, name="release-key")
app.add_typer(cloud_rollout.app, name="rollout")
app.add_typer(cloud_rules.app, name="rules")
for work in (cloud_user.invite, cloud_user.reset, cloud_user.close):
    user.command()(work)
user.command("list")(cloud_user.list_users)
app.command("first-administrator")(cloud_user.first_administrator)
app.add_typer(cloud_keys.app, name="keys")
app.add_typer(cloud_token.app, name="token")
app.add_typer(cloud_log_in.app, name="log-in")
app.command("doctor")(cloud_doctor.doctor)
app.command("health")(cloud_health.health)
app.command("words")(cloud_words.words)
app.command("burden")(cloud_burden.burden)
app.command("grant")(cloud_relations.grant)
app.command("revoke")(cloud_relations.revoke)
app.command("grants")(cloud_relations.grants)
app.add_typer(cloud_relations.team, name="team")
app.add_typer(cloud_relations.proxy, name="proxy")
app.command("backup")(cloud_backup.backup)
app.command("restore")(cloud_backup.restore)
app.command("migrate-database")(cloud_backup.migrate_database)
device.command("adopt")(cloud_adopt.adopt)
app.command("forget")(cloud_forget.forget)
app.command("export")(cloud_export.export)
app.command("report")(cloud_report.report)

Config = Annotated[
    Path | None, typer.Option("--config", help="TOML settings; CAREWIRE_CLOUD_* in the environment go first.")
]


@app.command()
def run(
    config: Config = None,
    role: Annotated[
        list[str] | None,
        typer.Option(
            help="ingest, alerts or api; several with commas or repeated. Default: all in one process."
        ),
    ] = None,
) -> None:
    """Take in what gateways send, store it, alert people and serve the pages until stopped."""
    from carewire.logs import configure_logs
    from cloud.bootstrap import run as run_cloud
    from cloud.config import load_settings
    from cloud.roles.chosen import roles_of

    roles = roles_of(role or ())
    settings = load_settings(config)
    configure_logs(level=settings.log.level, json=settings.log.json_lines)
    run_cloud(settings, roles)


@app.command()
def migrate(config: Config = None) -> None:
    """Bring the relational database up to date; `run` does so too."""
    with _directory(config):
        typer.echo("the database is up to date")


@user.command("add")
def add_user(
    name: Annotated[str, typer.Option(help="The name others see.")],
    role: Annotated[str, typer.Option(help="patient, caregiver, clinician or administrator.")],
    sees: Annotated[
        list[str] | None, typer.Option(help="Id of a patient this person may see; repeatable.")
    ] = None,
    config: Config = None,
) -> None:
    """Create a person and print the one-time link that signs them in."""
    from cloud.bootstrap import invite
    from cloud.config import load_settings
    from cloud.ports import Person, Role
    from vitals.errors import ConfigurationError

    if role not in set(Role):
        raise ConfigurationError(f"there is no role {role!r}: choose one of {', '.join(Role)}")
    with _directory(config) as directory:
        for patient_id in sees or ():
            _refuse_unknown_patient(directory, patient_id)
    person = Person(id=f"u-{secrets.token_hex(8)}", display_name=name, role=Role(role))
    typer.echo(invite(load_settings(config), person, sees or ()))


@patient.command("add")
def add_patient(
    name: Annotated[str, typer.Option(help="The name those who may see this patient see.")],
    config: Config = None,
) -> None:
    """Create a patient and print the id used everywhere else."""
    from cloud.ports import Patient

    added = Patient(id=f"p-{secrets.token_hex(8)}", display_name=name)
    with _directory(config) as directory:
        directory.add_patient(added)
    typer.echo(added.id)


@device.command("bind")
def bind_device(
    device_id: Annotated[str, typer.Argument(help="The device, such as a0-9e-1a-00-00-01.")],
    patient_id: Annotated[str, typer.Argument(help="Whose it is from now on.")],
    since: Annotated[
        str | None,
        typer.Option(help="Since when, such as 2026-03-01T12:00Z; unset, from now on."),
    ] = None,
    config: Config = None,
) -> None:
    """Say who wears a device from now on; an earlier wearer keeps what was measured before."""
    from cloud.bootstrap.wearing import wearing_desk
    from cloud.ports import OPERATOR

    since_ms = None if since is None else moment_ms("--since", since)
    with wearing_desk(config) as desk:
        from_ms = desk.bind(device_id, patient_id, by=OPERATOR, since_ms=since_ms)
    typer.echo(f"{device_id} is worn by {patient_id} since {shown(from_ms)}")


@device.command("take-off")
def take_off_device(
    device_id: Annotated[str, typer.Argument(help="The device, such as a0-9e-1a-00-00-01.")],
    config: Config = None,
) -> None:
    """Say that nobody wears a device from now on; what it measures then is kept and is nobody's."""
    from cloud.bootstrap.wearing import wearing_desk
    from cloud.ports import OPERATOR

    with wearing_desk(config) as desk:
        desk.take_off(device_id, by=OPERATOR)
    typer.echo(f"nobody wears {device_id} from now on")


def _refuse_unknown_patient(directory: "Directory", patient_id: str) -> None:
    from vitals.errors import ConfigurationError

    if directory.patient(patient_id) is None:
        raise ConfigurationError(
            f"there is no patient {patient_id!r}: add one with `carewire cloud patient add`"
        )


@contextmanager
def _directory(config: Path | None) -> Iterator["RelationalDirectory"]:
    from cloud.config import load_settings
    from cloud.storage.relational.opening import open_relational

    settings = load_settings(config)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    relational = open_relational(settings.database_url, keys=settings.key_place())
    try:
        yield relational.directory
    finally:
        relational.close()
