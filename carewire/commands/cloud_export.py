"""`carewire cloud export`: everything that is kept of one patient, in one file they can read."""

import os
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from vitals.errors import ConfigurationError

Config = Annotated[
    Path | None, typer.Option("--config", help="TOML settings; CAREWIRE_CLOUD_* in the environment go first.")
]
_OWNER_ONLY = 0o600


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
        try:
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        except OSError as error:
            raise ConfigurationError(f"{file} cannot be made ({error.strerror}): name a new file") from error
        try:
            with os.fdopen(handle, "wb") as target:
                target.writelines(given.pieces)
        except BaseException:
            file.unlink(missing_ok=True)
            raise
    typer.echo(f"{file}: {file.stat().st_size / 1e6:,.1f} MB; whoever has it can read it")
