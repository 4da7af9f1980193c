"""The command line: one application a noun, each importing only what it runs.

Exit status: 0 done, 1 it could not be done (one sentence on stderr says why and what to do),
2 the command line itself was wrong.
"""

import gc
import sys
from typing import Final

import typer
from rich.console import Console
from rich.markup import escape

from carewire.commands import (
    alarms,
    bench,
    broker,
    chaos,
    cloud,
    demo,
    edge,
    ledger,
    models,
    sim,
    soak,
)
from vitals.errors import CarewireError

_MADE_BETWEEN_LOOKS: Final = 10_000
"""Objects between two looks for garbage, as long as a command runs; Python looks every 700."""

app = typer.Typer(
    name="carewire",
    help="Remote patient monitoring that a family or a clinic runs itself.",
    epilog="Begin with: carewire demo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="rich",
)
app.command(name="demo")(demo.demo)
app.add_typer(edge.app, name="edge")
app.add_typer(cloud.app, name="cloud")
app.add_typer(ledger.app, name="ledger")
app.add_typer(sim.app, name="sim")
app.add_typer(models.app, name="models")
app.add_typer(broker.app, name="broker")
app.add_typer(bench.app, name="bench")
app.command(name="alarms")(alarms.alarms)
app.command(name="soak")(soak.soak)
app.command(name="chaos")(chaos.chaos)


def main() -> None:
    """Run the command line; an error of ours ends in one sentence, not in a traceback."""
    gc.set_threshold(_MADE_BETWEEN_LOOKS, *gc.get_threshold()[1:])
    try:
        app(prog_name="carewire")
    except CarewireError as error:
        Console(stderr=True, highlight=False).print(
            f"[bold red]carewire:[/] {escape(str(error))}", soft_wrap=True
        )
        sys.exit(1)
