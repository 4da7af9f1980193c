"""Backups hold no keys: whose key is destroyed is erased from all of them."""

from contextlib import closing
from pathlib import Path

import pytest

from cloud.backup import keyring
from cloud.backup.errors import BackupError
from cloud.storage.relational.opening import Relational
from tests.contracts.relational_store import WEI
from tests.fakes.backed_up import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.fill()
    return home


def opened(home: Home) -> Relational:
    return home.relational()


def test_a_backup_and_its_keyring_bring_everybody_back_and_the_backup_alone_nobody(
    home: Home, tmp_path: Path
) -> None:
    taken = home.back_up(tmp_path / "shelf")
    assert "data_key" not in taken.manifest.rows
    new = Home(tmp_path / "new")
    assert new.bring_back(taken.path).left_out == ()
    with closing(opened(new)) as store:
        assert store.directory.patient(WEI.id) == WEI
    (tmp_path / "shelf" / keyring.NAME).unlink()
    with pytest.raises(BackupError, match="give it as --keyring"):
        Home(tmp_path / "newer").bring_back(taken.path)


def test_whoever_was_erased_since_is_left_out_of_a_restored_backup_and_that_is_said(
    home: Home, tmp_path: Path
) -> None:
    taken = home.back_up(tmp_path / "shelf")
    with closing(opened(home)) as store:
        store.forgetting.forget(WEI.id)
        keyring.renew(store.database, tmp_path / "shelf")
    new = Home(tmp_path / "new")
    assert new.bring_back(taken.path).left_out == (WEI.id,)
    with closing(opened(new)) as store:
        assert store.directory.patient(WEI.id) is None
        assert store.alerts.alerts_of(WEI.id, open_only=False, limit=9) == ()
    with closing(new.series()) as series:
        assert series.series.latest(WEI.id) == {}


@pytest.mark.parametrize("content", [b"", b"{}", b'{"keys": [1]}'])
def test_a_keyring_that_is_damaged_is_refused_before_anything_is_written(
    home: Home, tmp_path: Path, content: bytes
) -> None:
    taken = home.back_up(tmp_path / "shelf")
    (tmp_path / "shelf" / keyring.NAME).write_bytes(content)
    new = Home(tmp_path / "new")
    with pytest.raises(BackupError, match="cannot be read"):
        new.bring_back(taken.path)
    assert not (new.folder / "carewire.db").exists()
