"""`carewire bench`: figures of this machine."""

import json
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from carewire.bench.figures import Figures


class Question(StrEnum):
    """What can be measured: one module of `carewire.bench` each."""

    MODELS = "models"
    EDGE = "edge"
    BLUEZ = "bluez"
    OUTBOX = "outbox"
    INGEST = "ingest"
    LATENCY = "latency"
    ALL = "all"


def bench(
    question: Annotated[Question, typer.Argument(help="What to measure.")] = Question.ALL,
    report: Annotated[
        Path | None,
        typer.Option(help="Write the figures as JSON; of `all`, a section a question.", metavar="FILE"),
    ] = None,
) -> None:
    """Measure gateway, outbox, ingest and alert latency here. Machines are noisy: run it more than once.

    `edge` is the agent without its radio, `bluez` with it.
    """
    from carewire.logs import configure_logs

    configure_logs(level="warning")
    console = Console(highlight=False)
    asked = (
        [each for each in Question if each is not Question.ALL] if question is Question.ALL else [question]
    )
    found: dict[str, Figures] = {}
    for each in asked:
        measure: Callable[[], Figures] = import_module(f"carewire.bench.{each}").measure
        with console.status(f"measuring {each} ..."):
            figures = measure()
        found[each] = dict(figures)
        table = Table(title=f"[bold]{each}[/]", title_justify="left", box=None, show_header=False)
        for name, value in figures.items():
            table.add_row(name.replace("_", " "), "-" if value is None else f"{value:,}")
        console.print(table)
        console.print()
    if report:
        report.write_text(json.dumps(written(question, found), indent=2) + "\n")


def written(question: Question, found: "Mapping[str, Figures]") -> "Mapping[str, object]":
    """Return what a report holds: the machine, and beside it one question's figures or a section each."""
    from carewire.bench.figures import machine

    sections = found if question is Question.ALL else found[question]
    return {"machine": machine(), **sections}
