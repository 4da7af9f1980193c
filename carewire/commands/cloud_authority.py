"""`carewire cloud authority`: who says who the gateways, the broker and the service are."""

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from carewire.commands.moments import shown

if TYPE_CHECKING:
    from cloud.config import CloudSettings
    from cloud.gateways.authority import Authority

__all__ = ["app"]

app = typer.Typer(help="The authority that certifies gateways, broker and service.", no_args_is_help=True)

Config = Annotated[
    Path | None, typer.Option("--config", help="TOML settings; CAREWIRE_CLOUD_* in the environment go first.")
]
Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to write; what is there is kept.")]
Hosts = Annotated[
    list[str] | None,
    typer.Option(
        "--host", help="A name or address the server is reached by; repeatable. Default: localhost."
    ),
]


@app.command("init")
def init(config: Config = None) -> None:
    """Make an authority; one that is there is never replaced."""
    from cloud.config import load_settings
    from cloud.gateways.authority import new_authority
    from cloud.gateways.authority_files import keep_authority

    settings = load_settings(config)
    authority = new_authority(now_ms=_now_ms(settings), randomness=secrets.token_bytes)
    keep_authority(settings.authority_dir(), authority, settings.gateways.passphrase())
    _tell(settings, authority)
    typer.echo("Keep a copy of the folder where nobody else finds it: no backup holds the key.", err=True)


@app.command("show")
def show(config: Config = None) -> None:
    """Say where the authority is, until when it lasts, and its fingerprint."""
    settings, authority = _opened(config)
    _tell(settings, authority)


@app.command("renew")
def renew(config: Config = None) -> None:
    """Let the authority last longer, by the same key: what it certified stays good."""
    from cloud.gateways.authority import renewed
    from cloud.gateways.authority_files import keep_certificate

    settings, authority = _opened(config)
    later = renewed(authority, now_ms=_now_ms(settings), randomness=secrets.token_bytes)
    keep_certificate(settings.authority_dir(), later)
    _tell(settings, later)
    typer.echo(
        "Gateways learn of it when they renew theirs; give broker and service the new ca.crt.", err=True
    )


@app.command("issue")
def issue(
    use: Annotated[str, typer.Argument(metavar="USE", help="broker, cloud (its own HTTPS) or ingest.")],
    folder: Folder,
    host: Hosts = None,
    config: Config = None,
) -> None:
    """Write a key and a certificate for the broker, or for the service; gateways make their own keys."""
    from cloud.gateways.authority import RESERVED, Use
    from cloud.gateways.authority_files import keep_certificate
    from cloud.gateways.compose import Holder, certify
    from vitals.errors import ConfigurationError

    if use not in RESERVED:
        raise ConfigurationError(
            f"there is no use {use!r}: choose one of {', '.join(sorted(RESERVED))}; "
            "a gateway is let in with `carewire cloud gateway invite`"
        )
    settings, authority = _opened(config)
    hosts = () if use == Use.INGEST else tuple(host or ("localhost", "127.0.0.1"))
    holder = Holder(use=Use(use), name=use, hosts=hosts)
    made = certify(authority, holder, folder, now_ms=_now_ms(settings), randomness=secrets.token_bytes)
    keep_certificate(folder, authority)
    typer.echo(made)


@app.command("broker-config")
def broker_config(folder: Folder, config: Config = None) -> None:
    """Write access rules, the authority and revoked certificates for mosquitto; print lines for its settings.

    The service does so by itself while it runs, where gateways.broker_folder names the folder.
    """
    from cloud.gateways.broker_files import BrokerFiles, access_rules, mosquitto_lines
    from cloud.storage.relational.opening import open_relational

    settings, authority = _opened(config)
    now_ms = _now_ms(settings)
    relational = open_relational(settings.database_url)
    try:
        standings = relational.gateway_book.standings()
        revoked = relational.gateway_book.revoked_serials(now_ms)
    finally:
        relational.close()
    BrokerFiles(folder=folder).write(
        rules=access_rules(name for name, each in standings.items() if each.revoked_ms is not None),
        revoked=authority.revocation_list({int(each, 16) for each in revoked}, now_ms=now_ms, number=now_ms),
        authority=authority.pem,
    )
    typer.echo(mosquitto_lines(folder), nl=False)


@app.command("compose")
def compose(
    folder: Folder,
    gateway: Annotated[
        list[str] | None, typer.Argument(metavar="[GATEWAY]...", help="Gateways of the composition.")
    ] = None,
) -> None:
    """Make an authority and all certificates for docker-compose.yml; what exists is left alone."""
    from cloud.gateways.compose import make_all
    from vitals.clock import ScaledClock

    made = make_all(
        folder, gateway or ["hallway"], now_ms=ScaledClock().wall_ms(), randomness=secrets.token_bytes
    )
    for file in made:
        typer.echo(file)


def _opened(config: Path | None) -> "tuple[CloudSettings, Authority]":
    from cloud.config import load_settings
    from cloud.gateways.authority_files import open_authority
    from cloud.gateways.errors import NoAuthorityError

    settings = load_settings(config)
    authority = open_authority(settings.authority_dir(), settings.gateways.passphrase())
    if authority is None:
        raise NoAuthorityError(
            f"there is no authority in {settings.authority_dir()}: `carewire cloud authority init` makes one"
        )
    return settings, authority


def _tell(settings: "CloudSettings", authority: "Authority") -> None:
    typer.echo(f"authority    {settings.authority_dir()}")
    typer.echo(f"lasts until  {shown(authority.expires_ms)}")
    typer.echo(f"fingerprint  {authority.fingerprint.hex()}")


def _now_ms(settings: "CloudSettings") -> int:
    return settings.clock.clock().wall_ms()
