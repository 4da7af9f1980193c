"""`carewire models`: what judges, how well, and how it is made again."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from carewire.commands.progress import progress_shown
from carewire.commands.reports import refuse_unwritable

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
            "\n".join(f"{name} {model.metrics[name]:.3g}" for name in model.headline) or "-",
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
    """Judge a model on a folder of recordings; figures that do not exist stand as null."""
    from models.registry import evaluate as evaluate_model

    refuse_unwritable(report)
    with progress_shown() as progress:
        outcome = evaluate_model(name, records, progress=progress)
    if figures:
        outcome.draw(figures)
    text = outcome.to_json()
    if left_out := outcome.report.get("left_out"):
        typer.echo(f"not judged: {len(left_out)} (the report names them under left_out)", err=True)
    if report:
        report.write_text(text + "\n")
        typer.echo(f"report in {report}")
    else:
        typer.echo(text)


@app.command()
def train(
    name: Annotated[str, typer.Argument(help="A name from `carewire models list`, or all.")],
    data: Annotated[Path, typer.Option(help="Folder of the training recordings.")],
    out: Annotated[
        Path | None, typer.Option(help="Where to put the artefact (default: in place of the shipped one).")
    ] = None,
    logs: Annotated[
        Path | None, typer.Option(help="Write TensorBoard's logs here.", metavar="FOLDER")
    ] = None,
    cache: Annotated[Path | None, typer.Option(help="Keep what was cut here, for the next run.")] = None,
    smoke: Annotated[bool, typer.Option("--smoke", help="A tiny run that proves the road.")] = False,
) -> None:
    """Train a model again, one version above what is there; needs the `train` extra.

    It is signed with the private key that CAREWIRE_MODEL_KEY names.
    """
    from models.plan import TrainingPlan
    from models.registry import ARTEFACTS_DIR, TRAINED
    from models.registry import train as train_model

    for each in TRAINED if name == "all" else (name,):
        folder = (out / each if name == "all" else out) if out else ARTEFACTS_DIR / each
        plan = TrainingPlan(smoke=smoke, cache_dir=cache, logs_dir=logs / each if logs else None)
        with progress_shown() as progress:
            manifest = train_model(each, data, folder, plan=plan, progress=progress)
        typer.echo(f"trained: {manifest}")


@app.command()
def keygen(
    path: Annotated[Path, typer.Argument(help="Where to write the private key.", metavar="FILE")],
) -> None:
    """Make a key to sign models with; what it prints goes into a gateway's `model_keys`."""
    from models.signing import make_key

    typer.echo(make_key(path))


@app.command()
def sign(
    folder: Annotated[Path, typer.Argument(help="A model's folder.", metavar="FOLDER")],
    key: Annotated[Path, typer.Option(help="The private key of `carewire models keygen`.", metavar="FILE")],
) -> None:
    """Vouch for a model as it lies: gateways that trust the key may judge by it."""
    from models.signing import sign_manifest

    typer.echo(f"signed: {sign_manifest(folder / 'manifest.json', key)}")
