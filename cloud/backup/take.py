"""Take a backup while the service runs: both databases as they were at one moment, in one archive."""

import secrets
import shutil
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from cloud.backup import archive, keyring
from cloud.backup.archive_keys import key_finder, let_go_of_the_erased, new_key
from cloud.backup.errors import BackupError
from cloud.backup.manifest import EpochRanges, Manifest
from cloud.backup.shelf import Shelf, is_named_as_backup
from cloud.config import CloudSettings
from cloud.storage.journal.accounts import read_taken
from cloud.storage.points.checksums import damaged_hours
from cloud.storage.relational.database import Database
from cloud.storage.relational.rows import NOT_IN_BACKUPS, revision_of, write_rows
from cloud.storage.series import keeps_points, series_file
from cloud.storage.sqlite_file import translated
from cloud.storage.sqlite_series import SqliteSeries
from cloud.storage.sqlite_snapshot import close_up, held_still, refuse_damage

__all__ = ["COMPANIONS", "ROWS", "SERIES", "Taken", "take", "taken_of"]

SERIES: Final = "series.db"
ROWS: Final = "relational.jsonl"
COMPANIONS: Final[tuple[str, ...]] = ("models.json", "restorations.json")
"""Small files of `data_dir` that belong to what the databases say."""

_LEFT_TO_THE_SERVICE_BYTES: Final = 128 << 20
_LOGS: Final = ("", "-wal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A backup that is on the disk."""

    path: Path
    manifest: Manifest
    bytes: int
    took_s: float
    is_sealed: bool
    keys_destroyed: int = 0
    """Of older archives, which hold somebody who was erased long enough ago."""


def take(
    settings: CloudSettings,
    target: Path,
    *,
    now_ms: Callable[[], int],
    pause: Callable[[], None] = lambda: time.sleep(0),
) -> Taken:
    """Write a backup into a folder, under the name of its moment, or as the file that `target` names.

    Raises
    ------
    BackupError
        If there is nothing to back up, no room, or the target cannot be written.
    StorageError
        If a database is damaged, locked or away. Whatever it is, no file is left behind.
    """
    began_s = time.monotonic()
    shelf = Shelf(folder=target.parent if is_named_as_backup(target) else target)
    with shelf.workplace() as work:
        _refuse_before_it_begins(settings, target, shelf)
        series, rows = work / SERIES, work / ROWS
        instant_ms, revision, counts = _copied(settings, series, rows, now_ms, pause)
        files = {SERIES: series, ROWS: rows} | _companions(settings)
        refuse_damage(series, of=series_file(settings))
        taken = taken_of(series)
        manifest = Manifest(
            program=version("carewire"),
            instant_ms=instant_ms,
            holds_points=keeps_points(settings),
            series_version=_version(series),
            relational_revision=revision,
            rows=dict(counts),
            taken=taken,
            damaged_hours=damaged_hours(series),
            files=tuple(archive.note_of(name, path) for name, path in files.items()),
        )
        path = shelf.path_of(instant_ms) if shelf.folder == target else target
        with closing(Database(settings.database_url)) as database:
            key = new_key(database, settings.key_place(), secrets.token_bytes, instant_ms)
            keyring.renew(database, shelf.folder)  # the archive's key is on the disk before the archive is
            archive.write(path, manifest, files, key)
            is_kept_there = settings.backup.folder in {None, shelf.folder}
            may_stand_in = key is not None and is_kept_there and not manifest.damaged_hours
            gone = _let_go(database, settings, path, instant_ms) if may_stand_in else 0
    return Taken(
        path=path,
        manifest=manifest,
        bytes=path.stat().st_size,
        took_s=time.monotonic() - began_s,
        is_sealed=key is not None,
        keys_destroyed=gone,
    )


def taken_of(copy: Path) -> tuple[EpochRanges, ...]:
    """Open a copy as the service would, which brings an older one up to date; return what it holds."""
    SqliteSeries(copy).close()
    with closing(sqlite3.connect(copy)) as connection:
        taken = tuple(
            EpochRanges(gateway=gateway, epoch=epoch, ranges=ranges)
            for gateway, epoch, ranges in read_taken(connection)
        )
    close_up(copy)
    return taken


def _let_go(database: Database, settings: CloudSettings, newest: Path, now_ms: int) -> int:
    """Destroy the keys of archives that are older than an erasure of long ago; the newest is on the disk."""
    key_of = key_finder(settings, newest, None, from_database=False)
    gone = let_go_of_the_erased(
        database, settings.backup.erased_after_days, now_ms, lambda: archive.verify(newest, key_of)
    )
    if gone:
        keyring.renew(database, newest.parent)
    return gone


def _copied(
    settings: CloudSettings,
    series: Path,
    rows: Path,
    now_ms: Callable[[], int],
    pause: Callable[[], None],
) -> tuple[int, str, Mapping[str, int]]:
    """Copy both databases as they were at one moment; return it, and what the relational one holds."""
    with closing(Database(settings.database_url)) as database:
        if database.file is not None and not database.file.exists():
            raise BackupError(
                f"{database.file} is not there: start the service once, or correct database_url"
            )
        with database.read():
            pass  # connected by now: nobody waits for that while the series file is held
        with held_still(series_file(settings)) as (snapshot, let_go):
            with database.snapshot() as connection:
                instant_ms = now_ms()
                let_go()
                revision = revision_of(connection)
                database.refuse_damage(connection)
                with translated(rows), rows.open("wb") as file:
                    counts = write_rows(connection, file, but=NOT_IN_BACKUPS)
            snapshot.copy_to(series, pause=pause)
    return instant_ms, revision, counts


def _refuse_before_it_begins(settings: CloudSettings, target: Path, shelf: Shelf) -> None:
    source = series_file(settings)
    if not source.exists():
        raise BackupError(f"{source} is not there: start the service once, or correct data_dir")
    if target != shelf.folder and target.exists():
        raise BackupError(f"{target} is there already: name another file")
    if source.stat().st_dev != shelf.folder.stat().st_dev:
        return
    log_and_all = sum(path.stat().st_size for path in _with_logs(source) if path.exists())
    needed, free = 2 * log_and_all + _LEFT_TO_THE_SERVICE_BYTES, shutil.disk_usage(shelf.folder).free
    if free < needed:
        raise BackupError(
            f"{shelf.folder} has room for {free >> 20} MiB and a backup may take {needed >> 20}: it is the "
            "disk the service writes to, so none was begun; free some space, or name a folder on another disk"
        )


def _with_logs(path: Path) -> Sequence[Path]:
    return [path.with_name(path.name + log) for log in _LOGS]


def _companions(settings: CloudSettings) -> dict[str, Path]:
    return {name: path for name in COMPANIONS if (path := settings.data_dir / name).exists()}


def _version(copy: Path) -> int:
    with closing(sqlite3.connect(copy)) as connection:
        (found,) = connection.execute("PRAGMA user_version").fetchone()
    return int(found)
