"""`carewire cloud keys` makes, renews and carries away what everything is sealed under."""

from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from carewire.commands.cloud import app
from cloud.backup.keyring import NAME, read, renew
from cloud.bootstrap.stores import open_stores
from cloud.config import CloudSettings
from cloud.ports import Patient
from cloud.storage.relational.tables import data_key
from vitals.errors import ConfigurationError, StorageError

WEI = Patient(id="wei", display_name="Wei Zhang")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "cloud.toml"
    file.write_text(f'data_dir = "{tmp_path / "data"}"\n')
    return file


def settings(tmp_path: Path) -> CloudSettings:
    return CloudSettings(data_dir=tmp_path / "data")


def keys(config: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["keys", *words, "--config", str(config)])


def test_what_is_backed_up_opens_everything_again_when_the_key_is_lost(config: Path, tmp_path: Path) -> None:
    assert "master key" in keys(config, "make").stdout
    with closing(open_stores(settings(tmp_path))) as stores:
        stores.relational.directory.add_patient(WEI)
    drawer = tmp_path / "drawer.json"
    assert "master.key is in" in keys(config, "backup", str(drawer)).stdout
    assert drawer.stat().st_mode & 0o777 == 0o600
    lost = tmp_path / "data" / "keys" / "master.key"
    lost.unlink()
    with pytest.raises(ConfigurationError, match="keys restore"):
        open_stores(settings(tmp_path))
    assert isinstance(keys(config, "make").exception, ConfigurationError)
    assert not lost.exists()
    assert "master.key is back" in keys(config, "restore", str(drawer)).stdout
    assert "every key is there already" in keys(config, "restore", str(drawer)).stdout
    with closing(open_stores(settings(tmp_path))) as stores:
        assert stores.relational.directory.patient("wei") == WEI


def test_a_new_master_key_is_said_and_the_old_copy_opens_nothing(config: Path, tmp_path: Path) -> None:
    with closing(open_stores(settings(tmp_path))) as stores:
        stores.relational.directory.add_patient(WEI)
    old = tmp_path / "old.json"
    keys(config, "backup", str(old))
    assert "1 keys are wrapped by a new master key" in keys(config, "rotate").stdout
    with closing(open_stores(settings(tmp_path))) as stores:
        assert stores.relational.directory.patient("wei") == WEI
    (tmp_path / "data" / "keys" / "master.key").unlink()
    keys(config, "restore", str(old))
    with pytest.raises(ConfigurationError, match="is not in"):
        open_stores(settings(tmp_path))


def test_a_new_master_key_wraps_the_keyring_beside_the_backups_too(config: Path, tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    config.write_text(f'{config.read_text()}backup.folder = "{shelf}"\n')
    with closing(open_stores(settings(tmp_path))) as stores:
        stores.relational.directory.add_patient(WEI)
        renew(stores.relational.database, shelf)
    said = keys(config, "rotate").stdout
    assert "only then destroy the copies of the old master key" in said
    current = settings(tmp_path).key_place().read()
    assert current is not None
    assert {one.master_id for one in read(shelf / NAME).keys} == {current.current.id}


def test_keys_under_a_master_key_that_is_not_here_are_not_put_back(config: Path, tmp_path: Path) -> None:
    other = CloudSettings(data_dir=tmp_path / "other")
    with closing(open_stores(other)) as stores:
        stores.relational.directory.add_patient(WEI)
        renew(stores.relational.database, tmp_path)
    keys(config, "make")
    said = keys(config, "put-back", str(tmp_path / NAME))
    assert "nothing is taken" in str(said.exception)
    with closing(open_stores(settings(tmp_path))):
        pass


def test_a_backup_is_written_over_nothing(config: Path, tmp_path: Path) -> None:
    drawer = tmp_path / "drawer.json"
    drawer.write_text("mine")
    assert isinstance(keys(config, "backup", str(drawer)).exception, StorageError)
    assert drawer.read_text() == "mine"


@pytest.mark.parametrize("content", ["", "{}", '{"keys": {"../x": ""}, "data": {}}'])
def test_what_is_no_backup_of_keys_is_refused(config: Path, tmp_path: Path, content: str) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text(content)
    said = keys(config, "restore", str(wrong))
    assert isinstance(said.exception, StorageError)
    assert not (tmp_path / "data" / "x").exists()


def test_keys_that_the_database_lost_are_put_back_from_the_keyring_beside_a_backup(
    config: Path, tmp_path: Path
) -> None:
    with closing(open_stores(settings(tmp_path))) as stores:
        relational = stores.relational
        relational.directory.add_patient(WEI)
        renew(relational.database, tmp_path)
        with relational.database.write() as connection:
            connection.execute(data_key.delete())
    ring = str(tmp_path / NAME)
    assert "1 keys are back" in keys(config, "put-back", ring).stdout
    assert "0 keys are back" in keys(config, "put-back", ring).stdout
    with closing(open_stores(settings(tmp_path))) as stores:
        assert stores.relational.directory.patient("wei") == WEI
    assert "beside the newest backup" in str(keys(config, "put-back", str(tmp_path / "none")).exception)
