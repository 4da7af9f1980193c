"""What a backup asks of a service that runs: a moment's patience, and nothing more."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud.backup import take as taking
from cloud.backup.errors import BackupError
from cloud.backup.take import take
from cloud.storage import sqlite_snapshot
from cloud.storage.sqlite_series import SqliteSeries
from tests.contracts.records import NOW_MS, identified, run
from tests.fakes.backed_up import Home
from vitals.errors import StorageError


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.fill()
    return home


@pytest.fixture
def beside(home: Home) -> Iterator[SqliteSeries]:
    store = SqliteSeries(home.folder / "series.db", busy_timeout_ms=20)
    yield store
    store.close()


def test_nobody_writes_between_the_two_snapshots_and_everybody_while_they_are_copied(
    home: Home, beside: SqliteSeries, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_snapshot, "_PAGES_A_STEP", 4)
    seqs = iter(range(100, 10_000))

    def write() -> None:
        beside.commit([identified(run((NOW_MS, 60.0)), next(seqs))])

    def at_the_seam() -> int:
        with pytest.raises(StorageError, match="another process holds it"):
            write()
        return NOW_MS

    taken = take(home.settings, tmp_path / "shelf", now_ms=at_the_seam, pause=write)
    (account,) = beside.accounts()
    assert account.stored[-1][1] > 103, "it was copied in steps, between which others wrote"
    (kept,) = taken.manifest.taken
    assert kept.ranges == ((1, 23),)


def test_what_is_not_there_cannot_be_backed_up(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="start the service once, or correct data_dir"):
        Home(tmp_path / "nowhere").back_up(tmp_path / "shelf")
    assert not (tmp_path / "nowhere").exists()


def test_a_series_file_without_its_database_is_refused(home: Home, tmp_path: Path) -> None:
    (home.folder / "carewire.db").unlink()
    with pytest.raises(StorageError, match=r"carewire\.db is not there: start the service"):
        home.back_up(tmp_path / "shelf")
    assert not (home.folder / "carewire.db").exists()
    assert [path.name for path in (tmp_path / "shelf").iterdir()] == [".carewire-backup.lock"]


def test_no_backup_begins_that_could_fill_the_disk_the_service_writes_to(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "_LEFT_TO_THE_SERVICE_BYTES", 1 << 60)
    with pytest.raises(BackupError, match="the disk the service writes to, so none was begun"):
        home.back_up(tmp_path / "shelf")


def test_a_damaged_page_of_the_series_file_is_told_and_no_backup_is_made(home: Home, tmp_path: Path) -> None:
    path = home.folder / "series.db"
    content = bytearray(path.read_bytes())
    content[3 * 4096 : 4 * 4096] = os.urandom(4096)
    path.write_bytes(content)
    with pytest.raises(StorageError, match=r"home.series\.db: .*damaged.*restore the last"):
        home.back_up(tmp_path / "shelf")
    assert [path.name for path in (tmp_path / "shelf").iterdir()] == [".carewire-backup.lock"]


def test_a_damaged_page_of_the_database_is_told_and_no_backup_is_made(home: Home, tmp_path: Path) -> None:
    path = home.folder / "carewire.db"
    content = bytearray(path.read_bytes())
    content[-4096:] = os.urandom(4096)
    path.write_bytes(content)
    with pytest.raises(StorageError, match=r"carewire\.db.*(damaged|malformed)"):
        home.back_up(tmp_path / "shelf")
    assert [path.name for path in (tmp_path / "shelf").iterdir()] == [".carewire-backup.lock"]


def test_a_damaged_hour_is_told_and_all_the_rest_is_backed_up(home: Home, tmp_path: Path) -> None:
    assert home.back_up(tmp_path / "sound.tar.gz").manifest.damaged_hours == ()
    home.damage_an_hour()
    taken = home.back_up(tmp_path / "shelf")
    ((_, from_ms),) = taken.manifest.damaged_hours
    assert from_ms <= NOW_MS < from_ms + 3_600_000
    new = Home(tmp_path / "new")
    assert new.bring_back(taken.path).taken == taken.manifest.taken
