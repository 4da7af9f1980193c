"""What is asked of a restore, and where it goes no further: before anything is written."""

from dataclasses import dataclass
from pathlib import Path

from cloud.backup.errors import BackupError
from cloud.backup.manifest import EpochRanges, Manifest
from cloud.config import CloudSettings
from cloud.storage.relational.database import Database
from cloud.storage.relational.migrating import knows_revision
from cloud.storage.relational.rows import refuse_rows
from cloud.storage.series import keeps_points, series_file
from cloud.storage.sqlite_snapshot import refuse_if_open

__all__ = ["Asked", "refuse_what_does_not_fit", "refuse_what_is_there"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What may be told to a restore beside where to put it.

    `replace`: set aside what is there. `keep_database`: the relational one is sound, leave it alone.
    `salvage`: the series file of the old disk, which is newer than the backup's. `acknowledged`: what
    gateways were told is safe, as `carewire edge outbox --acked` prints it. `keyring`: the keys, unless they
    lie beside the backup.
    """

    replace: bool = False
    keep_database: bool = False
    salvage: Path | None = None
    acknowledged: tuple[EpochRanges, ...] = ()
    keyring: Path | None = None


def refuse_what_does_not_fit(manifest: Manifest, settings: CloudSettings) -> None:
    """Refuse a backup of a newer program, or of a store that keeps its points elsewhere."""
    if not knows_revision(manifest.relational_revision):
        raise BackupError("the backup was taken by a newer version of this program: update this one")
    if manifest.holds_points != keeps_points(settings):
        kept = "in it" if manifest.holds_points else "in InfluxDB"
        raise BackupError(
            f"the backup's points are {kept}, which series_url does not say: restore with the kind of "
            "series_url it was taken with, then move with `carewire cloud migrate-series`"
        )


def refuse_what_is_there(settings: CloudSettings, database: Database, asked: Asked) -> None:
    """Refuse to put anything where something is, unless told to set that aside; never where it is in use."""
    series = series_file(settings)
    if series.exists():
        if not asked.replace:
            raise BackupError(
                f"{series} is there already: give another data_dir, or stop the service and say --replace, "
                "which sets it aside"
            )
        refuse_if_open(series)
    if asked.keep_database:
        return
    if database.file is None:
        with database.read() as connection:
            refuse_rows(connection, database.name)
    elif database.file.exists():
        if not asked.replace:
            raise BackupError(
                f"{database.file} is there already: say --replace, which sets it aside, or --keep-database"
            )
        refuse_if_open(database.file)
