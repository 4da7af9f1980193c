"""What an operator types and reads: back up, look, bring back, move, and see what is lost."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from carewire.commands import cloud_backup
from carewire.commands.cloud import app
from cloud.backup.errors import DamagedBackupError
from tests.contracts.batches import EPOCH
from tests.contracts.records import NOW_MS, identified, run
from tests.contracts.relational.rows import WEI
from tests.fakes.backed_up import Home
from tests.fakes.master_key import GIVEN, opened
from vitals.errors import ConfigurationError, StorageError


@pytest.fixture(autouse=True)
def _as_nice_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloud_backup.os, "nice", lambda _: 0)


@pytest.fixture(autouse=True)
def _with_the_master_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAREWIRE_CLOUD_KEYS__MASTER", GIVEN)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.fill()
    return home


def settings_file(home: Home, extra: str = "") -> Path:
    file = home.folder.parent / f"{home.folder.name}.toml"
    file.write_text(f'data_dir = "{home.folder}"\n{extra}')
    return file


def say(*words: object, code: int = 0) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.output


def test_a_backup_is_taken_looked_at_and_brought_back(home: Home, tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    said = say("backup", shelf, "--config", settings_file(home))
    assert "23 records of 1 gateways, 1 patients, 1 alerts" in said
    (path,) = shelf.glob("*.backup")
    checked = say("restore", path, "--check", "--config", settings_file(home))
    assert "every file in it is what was written" in checked
    assert "it is sealed" in checked
    new = Home(tmp_path / "new")
    said = say("restore", path, "--config", settings_file(new))
    assert "restored 23 records and" in said
    assert "give --acked to have it named" in said
    relational = new.relational()
    assert relational.directory.patient("wei") == WEI
    relational.close()


def test_a_backup_that_is_not_sealed_is_said_to_be_wherever_it_is_touched(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, new = tmp_path / "old.tar.gz", Home(tmp_path / "new")
    monkeypatch.setattr("cloud.backup.take.new_key", lambda *_: None)
    assert "it is NOT SEALED: start this version" in say("backup", path, "--config", settings_file(home))
    assert "it is NOT SEALED, as backups" in say("restore", path, "--check", "--config", settings_file(new))
    assert "it is NOT SEALED, as backups" in say("restore", path, "--config", settings_file(new))


def test_the_folder_of_the_settings_keeps_as_many_as_they_say(home: Home, tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    file = settings_file(home, f'[backup]\nfolder = "{shelf}"\nkeep = 2\n')
    old = [shelf / f"carewire-2020010{day}T000000Z.tar.gz" for day in (1, 2, 3)]
    shelf.mkdir()
    for path in old:
        path.touch()
    facts = json.loads(say("backup", "--config", file, "--json"))
    assert facts["removed"] == [path.name for path in old[:2]]
    left = {path.name for path in shelf.glob("carewire-2*")}
    assert left == {old[2].name, Path(facts["file"]).name}
    assert facts["records"] == 23


def test_a_backup_with_a_damaged_hour_says_so_and_removes_no_older_one(home: Home, tmp_path: Path) -> None:
    home.damage_an_hour()
    old = tmp_path / "shelf" / "carewire-20200101T000000Z.tar.gz"
    old.parent.mkdir()
    old.touch()
    said = say("backup", old.parent, "--keep", 1, "--config", settings_file(home), code=1)
    assert "DAMAGED: 1 hours" in said
    assert old.exists()


def test_without_a_folder_it_asks_for_one(home: Home) -> None:
    with pytest.raises(ConfigurationError, match="carewire cloud backup FOLDER, or set"):
        say("backup", "--config", settings_file(home))


def test_a_damaged_backup_is_refused(tmp_path: Path) -> None:
    (tmp_path / "b.backup").write_bytes(b"nothing")
    with pytest.raises(DamagedBackupError):
        say("restore", tmp_path / "b.backup", "--check")


def test_what_is_lost_is_said_by_the_restore_and_by_the_doctor_after_it(home: Home, tmp_path: Path) -> None:
    say("backup", tmp_path / "b.backup", "--config", settings_file(home))
    acked = tmp_path / "hallway.json"
    acked.write_text(json.dumps([{"gateway": "home-1", "epoch": EPOCH, "ranges": [[1, 40]]}]))
    new = Home(tmp_path / "new")
    file = settings_file(new)
    said = say("restore", tmp_path / "b.backup", "--acked", acked, "--config", file, code=1)
    assert f"lost: home-1 {EPOCH} 24-40" in said
    stores = new.series()
    stores.records.commit([identified(run((NOW_MS + 99, 60.0)), 41)])
    stores.close()
    said = say("doctor", "--config", file, code=1)
    assert f"home-1, {EPOCH}: 24-40 went with the old disk" in said
    (lost,) = json.loads(say("doctor", "--config", file, "--json", code=1))["lost_with_a_disk"]
    assert lost["ranges"] == [[24, 40]]


def test_a_file_that_says_nothing_of_gateways_is_refused(home: Home, tmp_path: Path) -> None:
    say("backup", tmp_path / "b.backup", "--config", settings_file(home))
    acked, file = tmp_path / "acked.json", settings_file(home)
    acked.write_text('{"made": 3}')
    with pytest.raises(ConfigurationError, match="carewire edge outbox --acked"):
        say("restore", tmp_path / "b.backup", "--acked", acked, "--config", file)


def test_the_database_moves_to_another(home: Home, tmp_path: Path) -> None:
    old, new = home.settings.database_url, f"sqlite:///{tmp_path}/elsewhere/carewire.db"
    said = say("migrate-database", "--from", old, "--to", new)
    assert "set database_url to the new database" in said
    moved = opened(new)
    assert moved.directory.patient("wei") == WEI
    moved.close()
    with pytest.raises(StorageError, match="not empty"):
        say("migrate-database", "--from", old, "--to", new)


def test_a_database_that_a_service_uses_is_not_moved(home: Home, tmp_path: Path) -> None:
    used = home.relational()
    used.directory.patient("wei")
    with pytest.raises(StorageError, match="in use: stop the service first"):
        say("migrate-database", "--from", home.settings.database_url, "--to", f"sqlite:///{tmp_path}/new.db")
    used.close()


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.db"
    with pytest.raises(StorageError, match="is not there: name the database"):
        say("migrate-database", "--from", f"sqlite:///{wrong}", "--to", f"sqlite:///{tmp_path}/new.db")
    assert not wrong.exists()
