"""`carewire cloud device adopt`: what a device measured before it was bound, given to who wore it."""

import json
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[
    Path | None, typer.Option("--config", help="TOML settings; CAREWIRE_CLOUD_* in the environment go first.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def adopt(
    device_id: Annotated[str, typer.Argument(help="The device, such as a0-9e-1a-00-00-01.")],
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Give what a device measured under nobody to who wore it then by its bindings; no alert comes of it."""
    from cloud.bootstrap.wearing import adoptions_over
    from cloud.config import load_settings
    from cloud.ports import OPERATOR
    from cloud.storage.relational.opening import open_relational
    from cloud.storage.series import open_series_stores, refuse_empty_place

    settings = load_settings(config)
    refuse_empty_place(settings)
    with ExitStack() as opened:
        relational = open_relational(settings.database_url, keys=settings.key_place())
        opened.callback(relational.close)
        stores = open_series_stores(settings)
        opened.callback(stores.close)
        desk = adoptions_over(relational, stores.unbound, settings.clock.clock())
        given = desk.adopt(device_id, by=OPERATOR)
    if as_json:
        typer.echo(json.dumps(asdict(given)))
    else:
        typer.echo(
            f"given to who wore {device_id}: {given.points:,} points, {given.strips:,} strips of waveform, "
            f"{given.events:,} events, {given.gaps:,} gaps"
        )
