"""`carewire chaos`: every part killed at random, and every record accounted for."""

import json
import tempfile
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from carewire.commands.apart import keep_apart
from carewire.commands.reports import refuse_unwritable
from vitals.errors import ConfigurationError


class Brokers(StrEnum):
    """Which broker stands in between; both: one run after the other."""

    EMBEDDED = "embedded"
    MOSQUITTO = "mosquitto"
    BOTH = "both"


def chaos(
    kills: Annotated[int, typer.Option(min=1, help="How many parts are killed.")] = 40,
    seed: Annotated[int, typer.Option(help="Which part is struck when.")] = 7,
    broker: Annotated[Brokers, typer.Option(help="mosquitto runs as deploy/ has it, with TLS.")] = (
        Brokers.EMBEDDED
    ),
    gateways: Annotated[int, typer.Option(min=1, max=8, help="How many gateways feed it.")] = 3,
    rate: Annotated[float, typer.Option(min=1, max=50, help="Appends a second of each gateway.")] = 40.0,
    report: Annotated[
        Path | None, typer.Option(help="Write what came of it as JSON.", metavar="FILE")
    ] = None,
    keep: Annotated[
        Path | None, typer.Option(help="Keep databases, settings and logs in this folder.", metavar="FOLDER")
    ] = None,
) -> None:
    """Kill broker, gateways and ingest at random under load, and say where every record is.

    Passes if nothing made is lost, altered or made up. Exit status 1 if not.
    """
    from carewire.chaos.ground import Broker
    from carewire.chaos.run import Chaos, run_chaos
    from carewire.chaos.screen import Screen, conclude
    from carewire.mosquitto import require_mosquitto

    refuse_unwritable(report)
    keep_apart()
    if broker is not Brokers.EMBEDDED:
        require_mosquitto()
    if keep is not None and keep.exists() and any(keep.iterdir()):
        raise ConfigurationError(f"{keep} holds something already, another run perhaps: name a new folder")
    console = Console(highlight=False)
    runs = []
    for each in Broker if broker is Brokers.BOTH else [Broker(broker)]:
        with ExitStack() as stack:
            folder = keep / each if keep else Path(stack.enter_context(_temporary()))
            folder.mkdir(parents=True, exist_ok=True)
            screen = stack.enter_context(Screen(console, f"{each} broker, seed {seed}"))
            runs.append(
                run_chaos(
                    Chaos(
                        folder=folder.resolve(),
                        broker=each,
                        kills=kills,
                        seed=seed,
                        gateways=gateways,
                        appends_per_s=rate,
                        tell=screen.tell,
                        show=screen.show,
                    )
                )
            )
    conclude(console, runs, report)
    if report:
        report.write_text(json.dumps(runs[0] if len(runs) == 1 else {"runs": runs}, indent=2) + "\n")
    if not all(run["passed"] for run in runs):
        raise typer.Exit(1)


def _temporary() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="carewire-chaos-")
