"""`carewire cloud release-key`: the key releases are signed with, best kept off the service's machine."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(help="The key that settings and models for gateways are signed with.", no_args_is_help=True)

KeyFile = Annotated[Path, typer.Argument(help="The private key's file.", metavar="FILE")]


@app.command("make")
def make(
    path: KeyFile,
    locked: Annotated[
        bool, typer.Option("--locked", help="Ask for a passphrase, and lock the key with it.")
    ] = False,
) -> None:
    """Make a key that only its owner may read; print its public half, for `release_keys`."""
    from carewire.release_key import make_key

    passphrase = typer.prompt("passphrase", hide_input=True, confirmation_prompt=True) if locked else None
    typer.echo(make_key(path, passphrase))


@app.command("show")
def show(path: KeyFile) -> None:
    """Print the public half: what gateways and the service are told to trust."""
    from carewire.release_key import load_key, public_half

    typer.echo(public_half(load_key(path)))
