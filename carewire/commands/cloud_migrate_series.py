"""`carewire cloud migrate-series`: points from the embedded store into InfluxDB, or back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from cloud.storage.moving.move import Difference, Moved
    from cloud.storage.moving.place import Place

_MOST_SHOWN: Final = 20


def migrate_series(
    source: Annotated[str, typer.Option("--from", help="Where the points are: sqlite or influx.")],
    destination: Annotated[str, typer.Option("--to", help="Where they are to be: influx or sqlite.")],
    influx: Annotated[
        str | None,
        typer.Option(
            help="The InfluxDB, where series_url does not name it yet.", metavar="influx+http://HOST:8086"
        ),
    ] = None,
    abandon: Annotated[bool, typer.Option(help="Give up a move: the points stay where they were.")] = False,
    config: Annotated[
        Path | None,
        typer.Option(help="TOML settings; CAREWIRE_CLOUD_* in the environment go first."),
    ] = None,
) -> None:
    """Move all observation points between the series file and InfluxDB, and compare both sides.

    Stop the service first: this refuses while it runs, and the service does not start until the move is done
    or abandoned. Gateways keep what they measure meanwhile. The source keeps all it has. What is interrupted
    goes on where it was when it is called again. In the end every hour of every series is read back from both
    sides and compared by count and checksum; exit status 1 if one differs.
    """
    from carewire.commands.progress import progress_shown
    from cloud.config import load_settings
    from cloud.storage.moving import opened

    settings = load_settings(config)
    sides = _places(source, destination)
    if abandon:
        opened.abandon(settings, *sides)
        typer.echo(f"given up: the points are in {sides[0]}")
        return
    with progress_shown() as told:
        moved = opened.move_points(settings, influx, *sides, told)
    _tell(moved, destination)


def _places(source: str, destination: str) -> "tuple[Place, Place]":
    from cloud.storage.moving.place import Place
    from vitals.errors import ConfigurationError

    if {source, destination} != set(Place):
        raise ConfigurationError("say --from sqlite --to influx, or --from influx --to sqlite")
    return Place(source), Place(destination)


def _tell(moved: "Moved", destination: str) -> None:
    typer.echo(
        f"{moved.points:,} points of {moved.series:,} series: {moved.hours_now:,} hours moved now, "
        f"{moved.hours_before:,} before"
    )
    for difference in moved.differences[:_MOST_SHOWN]:
        typer.echo(_line(difference), err=True)
    if moved.differences:
        typer.echo(
            f"{len(moved.differences):,} hours differ; nothing was changed over. Points that are at the "
            "destination alone were there before: say --abandon, and name an empty one",
            err=True,
        )
        raise typer.Exit(1)
    typer.echo(
        f"both sides agree; the points are in {destination} now: let series_url say so, and start the service"
    )


def _line(difference: "Difference") -> str:
    from datetime import UTC, datetime

    name = difference.name
    hour = datetime.fromtimestamp(difference.hour_ms / 1000, UTC).isoformat(timespec="minutes")
    return (
        f"{name.patient_id or 'nobody'}, {name.kind}, {name.device}, {name.clock}, {hour}: "
        f"{difference.source:,} points at the source, {difference.destination:,} at the destination"
    )
