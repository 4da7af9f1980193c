"""`carewire soak`: an hour in a household, struck again and again."""

import json
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from carewire.commands.apart import keep_apart
from carewire.commands.reports import refuse_unwritable
from vitals.errors import ConfigurationError


def soak(
    duration: Annotated[float, typer.Option(min=30, help="Seconds of life.")] = 3600.0,
    speed: Annotated[float, typer.Option(min=0.25, max=10, help="Times real time.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Which blows fall when.")] = 7,
    every: Annotated[float, typer.Option(min=1, help="Real seconds between blows, on average.")] = 60.0,
    report: Annotated[
        Path | None, typer.Option(help="Write what came of it as JSON.", metavar="FILE")
    ] = None,
    keep: Annotated[
        Path | None, typer.Option(help="Keep databases, settings and logs in this folder.", metavar="FOLDER")
    ] = None,
) -> None:
    """Let two patients with eight wearables live while every part is killed and frozen at random.

    Passes if each sample is stored or declared missing, and memory is flat. Exit status 1 if not.
    """
    from carewire.soak import Soak, run_soak

    refuse_unwritable(report)
    keep_apart()
    if keep is not None and keep.exists() and any(keep.iterdir()):
        raise ConfigurationError(f"{keep} holds something already, another soak perhaps: name a new folder")
    console = Console(highlight=False)
    with ExitStack() as stack:
        folder = keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="carewire-soak-")))
        folder.mkdir(parents=True, exist_ok=True)
        found = run_soak(
            Soak(
                folder=folder.resolve(),
                duration_s=duration,
                speed=speed,
                seed=seed,
                every_s=every,
                tell=console.print,
            )
        )
    text = json.dumps(found, indent=2)
    console.print(text)
    if report:
        report.write_text(text + "\n")
    if not found["passed"]:
        raise typer.Exit(1)
