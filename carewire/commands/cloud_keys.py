"""`carewire cloud keys`: the master key, which no backup of the databases holds."""

import secrets
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[
    Path | None, typer.Option("--config", help="TOML settings; CAREWIRE_CLOUD_* in the environment go first.")
]

app = typer.Typer(
    help="The master key that names, addresses and notes are sealed under.", no_args_is_help=True
)


@app.command()
def make(config: Config = None) -> None:
    """Make the master key if there is none; a service that starts on an empty database does so too."""
    from cloud.bootstrap.stores import open_stores
    from cloud.config import load_settings

    settings = load_settings(config)
    with closing(open_stores(settings)):  # refuses if one is missing that something was sealed under
        pass
    keys = settings.key_place().make(secrets.token_bytes)
    typer.echo(f"master key {keys.current.id} in {settings.key_place().folder}")
    typer.echo("keep a copy away from this machine: carewire cloud keys backup FILE")


@app.command()
def rotate(config: Config = None) -> None:
    """Wrap every key by a new master key; copies of the old one open nothing any more. May run beside."""
    from cloud.backup.keyring import renew
    from cloud.config import load_settings
    from cloud.storage.relational.opening import open_relational

    settings = load_settings(config)
    with closing(open_relational(settings.database_url, keys=settings.key_place())) as relational:
        count = relational.sealer.rotate()
        typer.echo(f"{count} keys are wrapped by a new master key; take a new backup of it at once:")
        typer.echo("carewire cloud keys backup FILE")
        if settings.backup.folder is not None:
            renew(relational.database, settings.backup.folder)
            typer.echo(f"the keyring in {settings.backup.folder} is wrapped by it, too")
    typer.echo(
        "keyrings beside other backups still open by the old one alone: take a backup there "
        "(`carewire cloud backup FOLDER`), and only then destroy the copies of the old master key"
    )


@app.command("put-back")
def put_back(
    keyring: Annotated[Path, typer.Argument(help="The keyring that lies beside the newest backup.")],
    config: Config = None,
) -> None:
    """Put back those keys of people and backups that the database lacks; may run beside the service."""
    from cloud.backup.keyring import put_back as add_missing
    from cloud.backup.keyring import read
    from cloud.config import load_settings
    from cloud.storage.relational.opening import open_relational
    from vitals.errors import ConfigurationError

    settings, kept = load_settings(config), read(keyring)
    masters = settings.key_place().read()
    if any(masters is None or masters.of(one.master_id) is None for one in kept.keys):
        raise ConfigurationError(
            f"{keyring} is wrapped by a master key that is not in {settings.key_place().file}: put that back "
            "first (`carewire cloud keys restore FILE`); of another service's keys nothing is taken"
        )
    with (
        closing(open_relational(settings.database_url, keys=settings.key_place())) as relational,
        relational.database.write() as connection,
    ):
        count = add_missing(connection, kept)
    typer.echo(f"{count} keys are back; what was sealed by them opens again")


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="A new file, on a medium that you lock away.")],
    config: Config = None,
) -> None:
    """Write the keys that no other backup holds into one file; whoever has it and a backup reads all."""
    from cloud.config import load_settings
    from cloud.sealing.keys_backup import back_up

    settings = load_settings(config)
    for name in back_up(file, settings.key_place(), settings.data_dir):
        typer.echo(f"{name} is in {file}")
    typer.echo("passwords and tokens of cloud.toml and its files are not: keep those where you keep this")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What `keys backup` wrote.")], config: Config = None
) -> None:
    """Put back those keys that are not there; what is there stays as it is."""
    from cloud.config import load_settings
    from cloud.sealing.keys_backup import restore as put_back

    settings = load_settings(config)
    names = put_back(file, settings.key_place(), settings.data_dir)
    for name in names:
        typer.echo(f"{name} is back")
    if not names:
        typer.echo("every key is there already")
