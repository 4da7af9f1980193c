"""`carewire cloud export`: everything that is kept of one patient, in one file they can read."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from carewire.commands.new_file import write_new
from vitals.errors import ConfigurationError

Config = Annotated[
    Path | None, typer.Option("--config", help="TOML settings; CAREWIRE_CLOUD_* in the environment go first.")
]


def export(
    patient: Annotated[str, typer.Argument(help="The patient's id, as `carewire cloud patient` takes it.")],
    file: Annotated[Path, typer.Argument(help="A new file; it is a ZIP.")],
    config: Config = None,
) -> None:
    """Write everything kept of a patient into a ZIP that any browser and spreadsheet opens."""
    from cloud.bootstrap.exporting import export_desk_over
    from cloud.bootstrap.stores import open_stores
    from cloud.config import load_settings
    from cloud.ports import OPERATOR
    from cloud.storage.series import refuse_empty_place

    settings = load_settings(config)
    refuse_empty_place(settings)
    with closing(open_stores(settings)) as stores:
        known = stores.relational.directory.patient(patient)
        if known is None:
            raise ConfigurationError(f"there is no patient {patient!r}: give the id, as on their page")
        given = export_desk_over(stores, settings, settings.clock.clock()).give(known, OPERATOR)
        write_new(file, given.pieces)
    typer.echo(f"{file}: {file.stat().st_size / 1e6:,.1f} MB; whoever has it can read it")
