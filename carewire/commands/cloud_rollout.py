"""`carewire cloud rollout`: give signed releases to gateways, in stages."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from carewire.commands import cloud_rollout_sign
from carewire.commands.moments import shown

if TYPE_CHECKING:
    from cloud.ports import Rollout
    from cloud.rollouts.desk import RolloutDesk

__all__ = ["app"]

app = typer.Typer(help="Signed settings and models on their way to gateways.", no_args_is_help=True)
app.add_typer(cloud_rollout_sign.app, name="sign")

Config = Annotated[
    Path | None, typer.Option("--config", help="TOML settings; CAREWIRE_CLOUD_* in the environment go first.")
]
RolloutId = Annotated[str, typer.Argument(metavar="ID", help="As `carewire cloud rollout status` shows it.")]


@app.command("new")
def new(
    signed: Annotated[Path, typer.Argument(help="What `rollout sign` wrote.", metavar="FILE")],
    first: Annotated[str, typer.Option(help="The gateway that tries it alone.")],
    share: Annotated[int, typer.Option(min=1, max=100, help="Per cent of gateways that follow it.")] = 10,
    healthy_s: Annotated[
        int, typer.Option("--healthy", min=0, help="Seconds that all must be well in a stage.")
    ] = 3_600,
    failures: Annotated[
        int, typer.Option(min=1, help="How many failures stop it; in the first stage one does.")
    ] = 2,
    by_hand: Annotated[bool, typer.Option("--by-hand", help="Go on only when told to.")] = False,
    config: Config = None,
) -> None:
    """Begin to give out a signed release; print the roll-out's id."""
    from carewire.signed_file import read_signed
    from cloud.ports import OPERATOR, RolloutPlan

    content = read_signed(signed)
    plan = RolloutPlan(
        first=first,
        share_percent=share,
        healthy_s=healthy_s,
        most_failures=failures,
        automatic=not by_hand,
    )
    with _desk(config) as desk:
        if content.bundle is not None:
            desk.keep_artefact(content.bundle)
        typer.echo(desk.begin(content.release, plan, by=OPERATOR).id)


@app.command("advance")
def advance(rollout_id: RolloutId, config: Config = None) -> None:
    """Go on to the next stage without waiting."""
    from cloud.ports import OPERATOR

    with _desk(config) as desk:
        stage = desk.status(rollout_id)[0].stage
        _say(desk.advance(rollout_id, from_stage=stage, by=OPERATOR))


@app.command("pause")
def pause(rollout_id: RolloutId, config: Config = None) -> None:
    """Ask no further gateway until it is resumed."""
    from cloud.ports import OPERATOR

    with _desk(config) as desk:
        _say(desk.pause(rollout_id, by=OPERATOR))


@app.command("resume")
def resume(rollout_id: RolloutId, config: Config = None) -> None:
    """Go on where it was paused."""
    from cloud.ports import OPERATOR

    with _desk(config) as desk:
        _say(desk.resume(rollout_id, by=OPERATOR))


@app.command("stop")
def stop(rollout_id: RolloutId, config: Config = None) -> None:
    """Give it to nobody more, for good; to take it back, sign what was before one version higher."""
    from cloud.ports import OPERATOR

    with _desk(config) as desk:
        _say(desk.stop(rollout_id, by=OPERATOR))


@app.command("status")
def status(
    rollout_id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="One, with each gateway; unset, all.")
    ] = None,
    config: Config = None,
) -> None:
    """Show the roll-outs, or how far each gateway has got with one and why not."""
    with _desk(config) as desk:
        if rollout_id is None:
            _list(desk)
            return
        rollout, gateways = desk.status(rollout_id)
    _say(rollout)
    table = Table("gateway", "is", "since", "says", box=None)
    for each in gateways:
        table.add_row(each.gateway, str(each.progress), shown(each.changed_ms), each.reason)
    Console(markup=False).print(table if gateways else "no gateway was asked yet")


def _list(desk: "RolloutDesk") -> None:
    found = desk.book.rollouts(50)
    table = Table("id", "of", "version", "state", "stage", "since", box=None)
    for each in found:
        table.add_row(
            each.id,
            each.line,
            str(each.version),
            str(each.state),
            str(each.stage),
            shown(each.stage_since_ms),
        )
    Console(markup=False).print(table if found else "nothing was ever rolled out")


def _say(rollout: "Rollout") -> None:
    why = f": {rollout.reason}" if rollout.reason else ""
    typer.echo(f"{rollout.line} version {rollout.version}: {rollout.state}, stage {rollout.stage}{why}")


@contextmanager
def _desk(config: Path | None) -> Iterator["RolloutDesk"]:
    from cloud.bootstrap.stores import open_stores
    from cloud.config import load_settings
    from cloud.rollouts.desk import RolloutDesk

    settings = load_settings(config)
    stores = open_stores(settings)
    try:
        yield RolloutDesk(
            book=stores.relational.rollouts,
            gateways=stores.series.gateways,
            clock=settings.clock.clock(),
            new_id=lambda: secrets.token_hex(8),
            release_keys=settings.release_keys,
        )
    finally:
        stores.close()
