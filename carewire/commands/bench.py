"""`carewire bench`: figures of this machine."""

import json
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from carewire.commands import bench_day, bench_history, bench_ingest, bench_ledger, bench_query
from carewire.commands.apart import keep_apart
from carewire.commands.reports import refuse_unwritable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from carewire.bench.figures import Figures

QUESTIONS = (
    "models",
    "edge",
    "bluez",
    "outbox",
    "ingest",
    "history",
    "query",
    "rehearsal",
    "evaluation",
    "ledger",
    "latency",
    "policy",
)
"""What `all` measures, in this order: a module of `carewire.bench` each."""

app = typer.Typer(
    help="Measure this machine. Machines are noisy: run it more than once.", no_args_is_help=True
)

app.command()(bench_day.day)
app.command()(bench_ingest.ingest)
app.command()(bench_history.history)
app.command()(bench_ledger.ledger)
app.command()(bench_query.query)

Report = Annotated[Path | None, typer.Option(help="Write the figures as JSON.", metavar="FILE")]


@app.command("all")
def everything(report: Report = None) -> None:
    """Measure everything there is, a section each."""
    refuse_unwritable(report)
    _write(report, {question: _asked(question, _measure_of(question)) for question in QUESTIONS})


@app.command()
def models(report: Report = None) -> None:
    """Time the inference of every model that ships."""
    answer("models", _measure_of("models"), report)


@app.command()
def edge(report: Report = None) -> None:
    """Run the gateway's agent without its radio: latency and processor time a notification."""
    answer("edge", _measure_of("edge"), report)


@app.command()
def bluez(report: Report = None) -> None:
    """Run the gateway's agent with a radio, through BlueZ's message bus."""
    answer("bluez", _measure_of("bluez"), report)


@app.command()
def outbox(report: Report = None) -> None:
    """Time the gateway's outbox: appending durably, and letting go."""
    answer("outbox", _measure_of("outbox"), report)


@app.command()
def evaluation(report: Report = None) -> None:
    """Time the judging of values by every row there is, and weigh what is remembered of a patient."""
    answer("evaluation", _measure_of("evaluation"), report)


@app.command("sign-in")
def sign_in(report: Report = None) -> None:
    """Time a password at the cost that is set: 100 to 300 ms are meant, for an unknown name as for any."""
    answer("sign_in", _measure_of("sign_in"), report)


@app.command()
def latency(
    patients: Annotated[
        int, typer.Option(min=1, help="How many others are measured meanwhile, five kinds a second each.")
    ] = 1,
    report: Report = None,
) -> None:
    """Time an alert from the notification behind it to its hand-over, among other patients."""
    from carewire.bench.latency import measure

    answer("latency", lambda: measure(patients=patients), report)


@app.command()
def policy(report: Report = None) -> None:
    """Time the decision who may do what, for a clinic's patients."""
    answer("policy", _measure_of("policy"), report)


@app.command()
def rehearsal(
    days: Annotated[int, typer.Option(min=1, max=366, help="Of one patient, five kinds at 1 Hz.")] = 30,
    report: Report = None,
) -> None:
    """Rehearse alert rules over a stored month, and hold a day of it against evaluation itself."""
    from carewire.bench.rehearsal import measure

    answer("rehearsal", lambda: measure(days), report)


def _measure_of(question: str) -> "Callable[[], Figures]":
    measure: Callable[[], Figures] = import_module(f"carewire.bench.{question}").measure
    return measure


def answer(question: str, measure: "Callable[[], Figures]", report: Path | None) -> None:
    """Measure, print the figures, and write them to `report` if there is one."""
    refuse_unwritable(report)
    _write(report, _asked(question, measure))


def _asked(question: str, measure: "Callable[[], Figures]") -> "Figures":
    from carewire.bench.figures import flat
    from carewire.logs import configure_logs

    configure_logs(level="warning")
    keep_apart()
    console = Console(highlight=False)
    with console.status(f"measuring {question} ..."):
        figures = measure()
    table = Table(title=f"[bold]{question}[/]", title_justify="left", box=None, show_header=False)
    for name, value in flat(figures).items():
        table.add_row(name, "-" if value is None else f"{value:,}" if not isinstance(value, str) else value)
    console.print(table)
    console.print()
    return figures


def _write(report: Path | None, found: "Figures | Mapping[str, Figures]") -> None:
    if report:
        report.write_text(json.dumps(written(found), indent=2) + "\n")


def written(found: "Figures | Mapping[str, Figures]") -> "Mapping[str, object]":
    """Return what a report holds: the machine, and beside it one question's figures or a section each."""
    from carewire.bench.figures import machine

    return {"machine": machine(), **found}
