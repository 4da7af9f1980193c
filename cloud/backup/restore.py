"""Bring a backup back: nothing is put in place before all of it is known to be sound.

A mark in `data_dir` stands from before the first file is put in place until after the last: a service that
finds it does not start on half a restore. What stood there before is set aside, never overwritten.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from cloud.backup import archive, keyring, restorations
from cloud.backup.archive_keys import key_finder
from cloud.backup.errors import BackupError
from cloud.backup.lost import not_here
from cloud.backup.manifest import EpochRanges, Manifest
from cloud.backup.refusals import Asked, refuse_what_does_not_fit, refuse_what_is_there
from cloud.backup.restorations import Restoration
from cloud.backup.sealed_stream import KeyOf
from cloud.backup.take import COMPANIONS, ROWS, SERIES, taken_of
from cloud.config import CloudSettings
from cloud.erasing.desk import WAITING_MS
from cloud.storage.forgetting import erase_rows
from cloud.storage.journal.events_again import queue_events_again
from cloud.storage.relational.database import Database
from cloud.storage.relational.erasures import RelationalErasures
from cloud.storage.relational.ledger_restored import declare_restored
from cloud.storage.relational.rows import count_rows, read_rows
from cloud.storage.relational.tables import sealed_column
from cloud.storage.series import UNFINISHED_RESTORE, series_file
from cloud.storage.sqlite_file import translated
from cloud.storage.sqlite_series import SqliteSeries
from cloud.storage.sqlite_snapshot import close_up, refuse_damage, set_aside
from vitals.durable import sync_folder

__all__ = ["Asked", "Restored", "restore"]

_INCOMING: Final = ".restoring"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore did. `set_aside` are files that stood there; `lost` was acknowledged and is gone.

    `judged_again` counts events of a salvaged file whose alerts were lost with the database.
    """

    manifest: Manifest
    taken: tuple[EpochRanges, ...]
    rows: Mapping[str, int]
    set_aside: tuple[Path, ...]
    judged_again: int
    lost: tuple[EpochRanges, ...]
    left_out: tuple[str, ...] = ()
    """Patients whose key is gone."""


def restore(path: Path, settings: CloudSettings, asked: Asked, *, now_ms: Callable[[], int]) -> Restored:
    """Verify an archive, build the series file beside its place, then put everything in place.

    Raises
    ------
    DamagedBackupError
        If the archive is torn or altered: nothing was written.
    BackupError
        If something is there already, or the backup is not for what the settings say.
    StorageError
        If a disk or a database refuses. Run it again: what was cut off begins anew.
    """
    key_of = key_finder(settings, path, asked.keyring, from_database=asked.keep_database)
    manifest = archive.verify(path, key_of)
    refuse_what_does_not_fit(manifest, settings)
    keys = _keyring(path, manifest, asked)
    mark = settings.data_dir / UNFINISHED_RESTORE
    with closing(Database(settings.database_url)) as database:
        if not mark.exists():
            refuse_what_is_there(settings, database, asked)
        with _incoming(settings) as fresh:
            taken = _built(path, key_of, fresh, manifest, asked)
            is_ahead = asked.salvage is not None and not asked.keep_database
            judged_again = queue_events_again(fresh, manifest.instant_ms) if is_ahead else 0
            close_up(fresh)
            _make(mark)
            aside = _clear_places(settings, database, asked, now_ms())
            rows = {} if asked.keep_database else _restored_rows(path, key_of, database, manifest)
            if not asked.keep_database:  # one that waited then may have been taken back since
                RelationalErasures(database).wait_anew(now_ms() + WAITING_MS)
            left_out = _left_out(database, fresh, keys)
            _put(fresh, series_file(settings))
    lost = tuple(not_here(asked.acknowledged, taken))
    _restore_companions(path, key_of, manifest, settings.data_dir)
    restorations.append(settings.data_dir, _restoration(manifest, taken, lost, now_ms()))
    mark.unlink()
    sync_folder(settings.data_dir)
    if not asked.keep_database:
        _declare(settings, now_ms())
    return Restored(
        manifest=manifest,
        taken=taken,
        rows=rows,
        set_aside=aside,
        judged_again=judged_again,
        lost=lost,
        left_out=left_out,
    )


def _keyring(path: Path, manifest: Manifest, asked: Asked) -> keyring.Keyring | None:
    """Return the keys of what is sealed in a backup; None if nothing is, or the database stays."""
    if asked.keep_database or not manifest.rows.get(sealed_column.name):
        return None
    return keyring.read(asked.keyring or path.parent / keyring.NAME)


def _left_out(database: Database, fresh: Path, keys: keyring.Keyring | None) -> tuple[str, ...]:
    """Put the keys back, and leave out of both databases whoever has none."""
    if keys is None:
        return ()
    with database.write() as connection:
        keyring.put_back(connection, keys)
        keyless = keyring.without_key(connection)
        for patient_id in keyless:
            erase_rows(connection, patient_id)
    with closing(SqliteSeries(fresh)) as series:
        for patient_id in keyless:
            series.keeping.forget(patient_id)
    close_up(fresh)
    return tuple(keyless)


def _built(
    path: Path, key_of: KeyOf, fresh: Path, manifest: Manifest, asked: Asked
) -> tuple[EpochRanges, ...]:
    """Build the series file, bring it up to date, and see that it holds what the manifest says."""
    archive.extract(path, key_of, {SERIES: fresh})
    if asked.salvage is not None:
        _copy_with_log(asked.salvage, fresh)
    refuse_damage(fresh, of=asked.salvage)
    taken = taken_of(fresh)
    if any(not_here(manifest.taken, taken)):
        raise BackupError(
            f"{asked.salvage} lacks records that the backup has: it is not the newer of the two"
            if asked.salvage
            else f"{path} lacks records that its manifest names: use another backup"
        )
    return taken


def _copy_with_log(source: Path, target: Path) -> None:
    """Copy a file that nobody writes any more, and what was committed and only stands in its log."""
    with translated(source):
        shutil.copyfile(source, target)
        log = source.with_name(f"{source.name}-wal")
        if log.exists():
            shutil.copyfile(log, target.with_name(f"{target.name}-wal"))


@contextmanager
def _incoming(settings: CloudSettings) -> Iterator[Path]:
    """Give a place for the series file beside its own, and clear it away again."""
    place = series_file(settings)
    fresh = place.with_name(place.name + _INCOMING)
    with translated(fresh):
        for folder in (settings.data_dir, place.parent):
            folder.mkdir(parents=True, exist_ok=True)
    try:
        _clear(fresh)
        yield fresh
    finally:
        _clear(fresh)


def _clear(fresh: Path) -> None:
    for path in fresh.parent.glob(f"{fresh.name}*"):
        path.unlink()


def _make(mark: Path) -> None:
    with translated(mark):
        mark.write_text("`carewire cloud restore` was cut off: run it again\n")
        sync_folder(mark.parent)


def _clear_places(settings: CloudSettings, database: Database, asked: Asked, now_ms: int) -> tuple[Path, ...]:
    """Set aside what stands where something will be put; a database that is a server's was empty."""
    places = [series_file(settings)]
    if database.file is not None and not asked.keep_database:
        places.append(database.file)
    return tuple(path for place in places for path in set_aside(place, f"before-restore-{now_ms}"))


def _restored_rows(path: Path, key_of: KeyOf, database: Database, manifest: Manifest) -> Mapping[str, int]:
    """Bring the relational rows back in one transaction; a restore that was cut off may have done so."""
    with TemporaryDirectory() as folder:
        rows = Path(folder) / ROWS
        archive.extract(path, key_of, {ROWS: rows})
        if database.file is None:
            with database.read() as connection:
                if _holds(count_rows(connection), manifest.rows):
                    return manifest.rows
        with rows.open("rb") as file:
            return read_rows(database, file)


def _holds(rows: Mapping[str, int], wanted: Mapping[str, int]) -> bool:
    """Tell whether the rows are there already; whom a restore that was cut off left out is not."""
    sealed = wanted.get(sealed_column.name)
    return {name: rows.get(name) for name in wanted} == wanted or (
        bool(sealed) and rows.get(sealed_column.name) == sealed
    )


def _put(fresh: Path, place: Path) -> None:
    with translated(place):
        if os.geteuid() == 0:  # whoever owns the folder runs the service
            owner = place.parent.stat()
            os.chown(fresh, owner.st_uid, owner.st_gid)
        fresh.replace(place)
        sync_folder(place.parent)


def _restore_companions(path: Path, key_of: KeyOf, manifest: Manifest, data_dir: Path) -> None:
    """Bring back those small files that are not there: where one is, it knows more than the backup's."""
    held = {note.name for note in manifest.files}
    names = [name for name in COMPANIONS if name in held and not (data_dir / name).exists()]
    fresh = {name: data_dir / f"{name}{_INCOMING}" for name in names}
    archive.extract(path, key_of, fresh)
    for name in names:
        fresh[name].replace(data_dir / name)


def _declare(settings: CloudSettings, now_ms: int) -> None:
    """Have the ledger say that it was set back; last, since from here on the rows are not the backup's."""
    with closing(Database(settings.database_url)) as database:
        declare_restored(database, now_ms)


def _restoration(
    manifest: Manifest, taken: tuple[EpochRanges, ...], lost: tuple[EpochRanges, ...], now_ms: int
) -> Restoration:
    last_seqs: dict[str, dict[str, int]] = {}
    for one in taken:
        if one.ranges:
            last_seqs.setdefault(one.gateway, {})[one.epoch] = one.ranges[-1][1]
    return Restoration(instant_ms=manifest.instant_ms, restored_ms=now_ms, last_seqs=last_seqs, lost=lost)
