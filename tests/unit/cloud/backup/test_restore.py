"""A backup of an idle service, brought back to an empty place or to one that is not."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from cloud.backup import keyring, restorations
from cloud.backup.errors import BackupError, DamagedBackupError
from cloud.backup.manifest import EpochRanges, count_of
from cloud.storage.series import UNFINISHED_RESTORE
from cloud.storage.sqlite_series import SqliteSeries
from tests.contracts.records import NOW_MS, STRAP, identified, run, strip
from tests.contracts.relational.rows import WEI
from tests.fakes.backed_up import Home
from vitals.errors import StorageError

EPOCH = "abcd1234-observations"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.fill()
    return home


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    return tmp_path / "shelf"


@pytest.fixture
def empty(tmp_path: Path) -> Home:
    return Home(tmp_path / "new" / "home", now_ms=NOW_MS + 9_000)


def contents(home: Home) -> dict[str, object]:
    """Everything a home keeps that a person or the service would ask for."""
    relational, stores = home.relational(), home.series()
    try:
        return {
            "patient": relational.directory.patient(WEI.id),
            "wearings": relational.directory.wearings_of([STRAP]),
            "state": relational.alerts.load(WEI.id).state,
            "alert": relational.alerts.alert("a1"),
            "hand_offs": relational.alerts.hand_offs_of("a1"),
            "done": relational.alerts.done_of(["slice-1"]),
            "accounts": stores.records.accounts(),
            "points": stores.series.observations(WEI.id, "heart_rate", 0, 10**14, 999).points,
            "strips": stores.series.waveforms(WEI.id, "ecg", 0, 10**14),
            "events": stores.occurrences.events(WEI.id, 0, 10**14),
            "pending": stores.feed.pending(99),
            "aside": stores.quarantine.quarantined(9),
        }
    finally:
        stores.close()
        relational.close()


def test_everything_comes_back(home: Home, shelf: Path, empty: Home) -> None:
    (home.folder / "models.json").write_text('{"rhythm": 4}')
    taken = home.back_up(shelf)
    assert taken.path == shelf / "carewire-20270115T080000Z.backup"
    assert count_of(taken.manifest.taken) == 23
    done = empty.bring_back(taken.path)
    assert contents(empty) == contents(home)
    assert (done.taken, dict(done.rows)) == (taken.manifest.taken, taken.manifest.rows)
    assert (done.set_aside, done.lost) == ((), ())
    assert (empty.folder / "models.json").read_text() == '{"rhythm": 4}'


def test_the_ledger_itself_says_that_it_was_set_back(home: Home, shelf: Path, empty: Home) -> None:
    taken = home.back_up(shelf)
    empty.bring_back(taken.path)
    relational = empty.relational()
    origin, epoch = relational.ledger_book.origin()
    newest = relational.ledger_book.entries(0, 99)[-1]
    relational.close()
    before = home.relational()
    assert before.ledger_book.origin()[1] == 0
    before.close()
    assert origin.startswith("carewire-")
    assert epoch >= empty.now_ms
    assert b'"deed":"restored"' in newest.line


def test_a_ledger_whose_database_was_not_restored_says_nothing(home: Home, shelf: Path, empty: Home) -> None:
    taken = home.back_up(shelf)
    empty.relational().close()
    empty.bring_back(taken.path, keep_database=True)
    relational = empty.relational()
    assert relational.ledger_book.origin()[1] == 0
    relational.close()


def test_only_the_backup_lies_on_the_shelf_afterwards(home: Home, shelf: Path) -> None:
    taken = home.back_up(shelf)
    assert {path for path in shelf.iterdir() if not path.name.startswith(".")} == {
        taken.path,
        shelf / keyring.NAME,
    }
    named = home.back_up(shelf / "before-the-move.backup")
    assert named.path == shelf / "before-the-move.backup"
    with pytest.raises(BackupError, match="is there already: name another file"):
        home.back_up(named.path)


def test_what_is_there_is_refused_and_untouched(home: Home, shelf: Path) -> None:
    taken, before = home.back_up(shelf), contents(home)
    with pytest.raises(BackupError, match=r"series\.db is there already: .* --replace"):
        home.bring_back(taken.path)
    (home.folder / "series.db").rename(home.folder / "elsewhere.db")
    with pytest.raises(BackupError, match=r"carewire\.db is there already"):
        home.bring_back(taken.path)
    (home.folder / "elsewhere.db").rename(home.folder / "series.db")
    assert contents(home) == before


def test_what_is_there_is_set_aside_if_told(home: Home, shelf: Path) -> None:
    taken, before = home.back_up(shelf), contents(home)
    stores = home.series()
    stores.records.commit([identified(run((NOW_MS + 99, 99.0)), 99)])
    stores.close()
    done = home.bring_back(taken.path, replace=True)
    assert contents(home) == before
    assert {path.name for path in done.set_aside} == {
        f"series.db.before-restore-{NOW_MS}",
        f"carewire.db.before-restore-{NOW_MS}",
    }
    with contextlib.closing(sqlite3.connect(done.set_aside[0])) as old:
        assert old.execute("SELECT max(last_seq) FROM stored_range").fetchone() == (99,)


def test_a_small_file_that_is_there_knows_more_than_the_backups(home: Home, shelf: Path) -> None:
    versions = home.folder / "models.json"
    versions.write_text('{"rhythm": 4}')
    taken = home.back_up(shelf)
    versions.write_text('{"rhythm": 5}')
    home.bring_back(taken.path, replace=True)
    home.bring_back(taken.path, replace=True)
    assert versions.read_text() == '{"rhythm": 5}'
    assert len(restorations.read(home.folder)) == 2


def test_a_place_where_a_service_runs_is_refused_even_if_told_to_replace(home: Home, shelf: Path) -> None:
    taken = home.back_up(shelf)
    stores = home.series()
    stores.records.accounts()
    with pytest.raises(StorageError, match="in use: stop the service first"):
        home.bring_back(taken.path, replace=True)
    stores.close()
    assert not (home.folder / UNFINISHED_RESTORE).exists()


def test_a_damaged_backup_touches_nothing(home: Home, shelf: Path, empty: Home) -> None:
    taken = home.back_up(shelf)
    taken.path.write_bytes(taken.path.read_bytes()[:-1])
    with pytest.raises(DamagedBackupError):
        empty.bring_back(taken.path)
    assert not empty.folder.exists()


def test_the_series_file_alone_is_restored_beside_a_sound_database(
    home: Home, shelf: Path, empty: Home
) -> None:
    taken = home.back_up(shelf)
    relational = empty.relational()
    relational.directory.add_patient(WEI)
    relational.close()
    done = empty.bring_back(taken.path, keep_database=True)
    assert done.rows == {}
    kept = contents(empty)
    assert (kept["patient"], kept["alert"]) == (WEI, None)
    assert kept["points"] == contents(home)["points"]


def test_what_gateways_were_told_after_the_backup_is_named_as_lost(
    home: Home, shelf: Path, empty: Home
) -> None:
    taken = home.back_up(shelf)
    told = (EpochRanges(gateway="home-1", epoch=EPOCH, ranges=((1, 40),)),)
    done = empty.bring_back(taken.path, acknowledged=told)
    assert [(one.epoch, one.ranges) for one in done.lost] == [(EPOCH, ((24, 40),))]
    (remembered,) = restorations.read(empty.folder)
    assert remembered.lost == done.lost
    assert (remembered.instant_ms, remembered.restored_ms) == (NOW_MS, NOW_MS + 9_000)
    assert remembered.last_seqs == {"home-1": {EPOCH: 23}}


def test_what_survives_of_the_old_disk_goes_before_the_backup(home: Home, shelf: Path, empty: Home) -> None:
    taken = home.back_up(shelf)
    stores = home.series()
    stores.records.commit([identified(run((NOW_MS + 99, 99.0)), 24)])
    old_disk = shelf / "old"
    old_disk.mkdir()
    for name in ("series.db", "series.db-wal"):  # as a dead machine leaves them: the log not yet gathered
        (old_disk / name).write_bytes((home.folder / name).read_bytes())
    stores.close()
    before = {path.name: path.read_bytes() for path in old_disk.iterdir()}
    told = (EpochRanges(gateway="home-1", epoch=EPOCH, ranges=((1, 24),)),)
    done = empty.bring_back(taken.path, salvage=old_disk / "series.db", acknowledged=told)
    assert done.lost == ()
    assert contents(empty)["points"] == contents(home)["points"]
    assert {path.name: path.read_bytes() for path in old_disk.iterdir()} == before


def test_a_series_file_that_is_older_than_the_backup_is_no_salvage(
    home: Home, shelf: Path, empty: Home
) -> None:
    older = Home(shelf / "older")
    stores = older.series()
    stores.records.commit([identified(run((NOW_MS, 60.0)), 1)])
    stores.close()
    with pytest.raises(BackupError, match="not the newer of the two"):
        empty.bring_back(home.back_up(shelf).path, salvage=older.folder / "series.db")
    assert not (empty.folder / "series.db").exists()


def test_beside_influxdb_the_journal_is_backed_up_and_the_points_are_said_to_be_elsewhere(
    tmp_path: Path, shelf: Path
) -> None:
    beside = {"series_url": "influx+http://127.0.0.1:9"}
    clinic, new = Home(tmp_path / "clinic", beside), Home(tmp_path / "new", beside)
    clinic.relational().close()
    journal = SqliteSeries(clinic.folder / "series.db", keeps_points=False)
    journal.commit([identified(run((NOW_MS, 60.0)), 1), identified(strip(NOW_MS), 2)])
    journal.close()
    taken = clinic.back_up(shelf)
    assert not taken.manifest.holds_points
    assert new.bring_back(taken.path).taken == (EpochRanges(gateway="home-1", epoch=EPOCH, ranges=((1, 2),)),)
    restored = SqliteSeries(new.folder / "series.db", keeps_points=False)
    assert len(restored.waveforms(WEI.id, "ecg", 0, 10**14)) == 1
    restored.close()
    with pytest.raises(BackupError, match="points are in InfluxDB"):
        Home(tmp_path / "family").bring_back(taken.path)


def test_a_backup_of_the_other_kind_of_store_is_refused(home: Home, shelf: Path, tmp_path: Path) -> None:
    taken = home.back_up(shelf)
    beside = Home(tmp_path / "beside", {"series_url": "influx+http://127.0.0.1:9"})
    with pytest.raises(BackupError, match="points are in it"):
        beside.bring_back(taken.path)
