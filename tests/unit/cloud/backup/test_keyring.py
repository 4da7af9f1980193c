"""Backups hold no keys: whose key is destroyed is erased from all of them."""

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from cloud.backup import keyring
from cloud.backup.errors import BackupError
from cloud.storage.relational.opening import Relational
from tests.contracts.relational.rows import WEI
from tests.fakes.backed_up import Home
from vitals import durable


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


def test_an_empty_service_does_not_write_over_the_keyring_of_the_one_that_was_lost(
    home: Home, tmp_path: Path
) -> None:
    taken = home.back_up(tmp_path / "shelf")
    new = Home(tmp_path / "new")
    with closing(opened(new)), closing(new.series()):
        pass
    with pytest.raises(BackupError, match="opens newer backups than this database knows of"):
        new.back_up(tmp_path / "shelf")
    assert new.bring_back(taken.path, replace=True).left_out == ()
    new.now_ms += 1_000
    new.back_up(tmp_path / "shelf")
    new.verified(taken.path)


def test_a_database_that_was_set_back_takes_no_newer_backup_its_key(home: Home, tmp_path: Path) -> None:
    home.back_up(tmp_path / "shelf")
    shutil.copytree(home.folder, tmp_path / "older")
    home.now_ms += 1_000
    newest = home.back_up(tmp_path / "shelf")
    older, ring = Home(tmp_path / "older", now_ms=home.now_ms + 1_000), tmp_path / "shelf" / keyring.NAME
    with closing(opened(older)) as store:
        for _ in range(2):
            with pytest.raises(BackupError, match="put their keys back"):
                keyring.renew(store.database, tmp_path / "shelf")
        older.verified(newest.path)
        with store.database.write() as connection:
            keyring.put_back(connection, keyring.read(ring))
    older.back_up(tmp_path / "shelf")
    older.verified(newest.path)


def test_a_key_that_is_destroyed_while_the_keyring_is_written_does_not_stay_in_it(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = durable.put
    with closing(opened(home)) as store:

        def destroyed_meanwhile(file: Path, content: bytes) -> None:
            store.forgetting.forget(WEI.id)
            written(file, content)

        monkeypatch.setattr("cloud.backup.keyring.put", destroyed_meanwhile)
        keyring.renew(store.database, tmp_path)
        assert keyring.read(tmp_path / keyring.NAME) == keyring.of(store.database)


def test_a_keyring_that_may_not_be_read_is_not_written_over_and_a_torn_one_is(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = tmp_path / keyring.NAME
    ring.write_bytes(b"torn")
    with closing(opened(home)) as store:
        keyring.renew(store.database, tmp_path)
        kept = ring.read_bytes()
        with monkeypatch.context() as patched:

            def refuse(path: Path) -> bytes:
                raise PermissionError(13, "Permission denied", str(path))

            patched.setattr(Path, "read_bytes", refuse)
            with pytest.raises(BackupError, match="the user the service runs as"):
                keyring.renew(store.database, tmp_path)
    assert ring.read_bytes() == kept
    assert keyring.read(ring).keys
