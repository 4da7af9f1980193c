"""`carewire models`: what judges, how well, and how it is made again."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

app = typer.Typer(help="The models: list, verify, evaluate, train.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Name = Annotated[str, typer.Argument(help="A name from `carewire models list`.")]


@app.command("list")
def list_models(as_json: AsJson = False) -> None:
    """List the models with what their evaluation found."""
    from models.registry import list_models as models_there

    found = models_there()
    if as_json:
        typer.echo(json.dumps([asdict(model) for model in found], indent=2))
        return
    table = Table(
        "model", "judges", "version", "size", "measured", box=None, header_style="bold", padding=(0, 2)
    )
    for model in found:
        table.add_row(
            model.name,
            model.summary,
            str(model.version or "-"),
            f"{model.artefact_bytes / 1000:.0f} kB" if model.artefact_bytes else "-",
            "\n".join(f"{name} {value:g}" for name, value in model.metrics.items()) or "-",
        )
    Console().print(table)


@app.command()
def verify(as_json: AsJson = False) -> None:
    """Check every shipped artefact against its manifest; exit 1 if one may not be loaded."""
    from models.registry import verify_models

    found = verify_models()
    if as_json:
        typer.echo(json.dumps([asdict(model) for model in found], indent=2))
    else:
        for model in found:
            typer.echo(f"{model.name} version {model.version}: {model.fault or 'verified'}")
    if any(model.fault for model in found):
        raise typer.Exit(1)


@app.command()
def evaluate(
    name: Name,
    records: Annotated[
        Path, typer.Option(help="Folder of recordings in the format the model was judged on.")
    ],
    report: Annotated[Path | None, typer.Option(help="Write the report here.", metavar="FILE")] = None,
    figures: Annotated[Path | None, typer.Option(help="Draw its figures here.", metavar="FOLDER")] = None,
) -> None:
    """Judge a model on a folder of recordings."""
    from models.registry import evaluate as evaluate_model

    with _progress() as progress:
        outcome = evaluate_model(name, records, figures_dir=figures, progress=progress)
    text = json.dumps(outcome, indent=2)
    if report:
        report.write_text(text + "\n")
        typer.echo(f"report in {report}")
    else:
        typer.echo(text)


@app.command()
def train(
    name: Name,
    data: Annotated[Path, typer.Option(help="Folder of the training recordings.")],
    out: Annotated[
        Path | None, typer.Option(help="Where to put the artefact (default: in place of the shipped one).")
    ] = None,
) -> None:
    """Train a model again, one version above what is there; needs the `train` extra."""
    from models.registry import ARTEFACTS_DIR
    from models.registry import train as train_model

    with _progress() as progress:
        manifest = train_model(name, data, out or ARTEFACTS_DIR / name, progress=progress)
    typer.echo(f"trained: {manifest}")


@contextmanager
def _progress() -> Iterator[Callable[[str, float], None]]:
    """Yield what a long work calls with what it does and the share of it that is done."""
    with Progress(console=Console(stderr=True), transient=True) as bars:
        tasks = {}

        def show(what: str, share: float) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=1.0)
            bars.update(tasks[what], completed=share)

        yield show
