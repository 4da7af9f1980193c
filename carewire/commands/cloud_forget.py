"""`carewire cloud forget`: one patient erased from everything this service keeps."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[
    Path | None, typer.Option("--config", help="TOML settings; CAREWIRE_CLOUD_* in the environment go first.")
]


def forget(
    patient: Annotated[str, typer.Argument(help="The patient's id, as `carewire cloud patient` takes it.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    config: Config = None,
) -> None:
    """Erase a patient, what was measured and what was told of them. Stop the service first.

    Backups keep what they hold: erase from a restored one too. What was set aside without being understood
    names no patient: `carewire cloud quarantine` shows it by gateway.
    """
    from cloud.bootstrap.stores import open_stores
    from cloud.config import load_settings
    from cloud.storage.series import refuse_empty_place, series_file
    from cloud.storage.sqlite_snapshot import refuse_if_open

    settings = load_settings(config)
    refuse_empty_place(settings)
    refuse_if_open(series_file(settings))  # what runs would write down again how they are
    if not yes:
        typer.confirm(f"Erase everything of {patient} for good?", abort=True)
    with closing(open_stores(settings)) as stores:
        told = stores.relational.forgetting.forget(patient)
        measured = stores.series.keeping.forget(patient)  # last: an InfluxDB that is down, or is a 3, raises
    rows = {**measured.rows, **told.rows}
    for sort, count in sorted(rows.items()):
        typer.echo(f"{count:>9} {sort}")
    typer.echo(f"{patient} is forgotten" if rows else f"nothing is kept of {patient}")
