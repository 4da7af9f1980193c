"""Each archive has a key of its own: who holds an archive alone, or after an erasure, reads nothing."""

from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from cloud.backup import archive, keyring
from cloud.backup.archive_keys import key_finder
from cloud.backup.errors import BackupError, DamagedBackupError
from cloud.backup.sealed_stream import KeyOf
from cloud.backup.take import Taken
from cloud.config import KeysSettings
from cloud.ports import Erasure, ErasureState
from cloud.storage.relational.database import Database
from cloud.storage.relational.tables import data_key, metadata
from tests.contracts.relational.rows import WEI
from tests.fakes.backed_up import Home
from vitals.errors import ConfigurationError

DAY_MS = 86_400_000


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.fill()
    return home


def keys_of_archives(home: Home) -> int:
    with closing(Database(home.settings.database_url)) as database, database.read() as connection:
        owners = connection.scalars(select(data_key.c.owner)).all()
    return sum(owner.startswith("archive/") for owner in owners)


def finder(home: Home, path: Path) -> KeyOf:
    return key_finder(home.settings, path, None, from_database=False)


def test_each_backup_is_sealed_by_a_key_of_its_own(home: Home, tmp_path: Path) -> None:
    first = home.back_up(tmp_path / "shelf")
    home.now_ms += 1_000
    second = home.back_up(tmp_path / "shelf")
    assert first.is_sealed
    assert keys_of_archives(home) == 2
    for taken in (first, second):
        assert archive.verify(taken.path, finder(home, taken.path)) == taken.manifest


def test_an_archive_alone_opens_nothing_and_what_is_missing_is_named(home: Home, tmp_path: Path) -> None:
    taken = home.back_up(tmp_path / "shelf")
    alone = tmp_path / "elsewhere" / taken.path.name
    alone.parent.mkdir()
    taken.path.rename(alone)
    new = Home(tmp_path / "new")
    with pytest.raises(BackupError, match="give it as --keyring FILE"):
        new.bring_back(alone)
    ring = tmp_path / "shelf" / keyring.NAME
    without_master = Home(tmp_path / "new", {"keys": KeysSettings()})
    with pytest.raises(BackupError, match="put the master key back"):
        without_master.bring_back(alone, keyring=ring)
    assert not (tmp_path / "new" / "carewire.db").exists()
    assert new.bring_back(alone, keyring=ring).taken == taken.manifest.taken


def test_another_homes_keyring_or_master_key_opens_it_neither(home: Home, tmp_path: Path) -> None:
    taken = home.back_up(tmp_path / "shelf")
    other = Home(tmp_path / "other", {"keys": {"folder": tmp_path / "other-keys"}})
    other.fill()
    ring = other.back_up(tmp_path / "other-shelf").path.parent / keyring.NAME
    with pytest.raises(BackupError, match="which the keyring does not give: name the one beside the newest"):
        home.bring_back(taken.path, keyring=ring, replace=True)
    with pytest.raises(BackupError, match="have its master key in place"):
        other.bring_back(taken.path, replace=True)


def test_renewing_the_master_key_leaves_older_archives_readable(tmp_path: Path) -> None:
    own_key = Home(tmp_path / "own", {"keys": {"folder": tmp_path / "keys"}})
    own_key.fill()
    taken = own_key.back_up(tmp_path / "shelf")
    with closing(own_key.relational()) as store:
        store.sealer.rotate()
        keyring.renew(store.database, tmp_path / "shelf")
    assert archive.verify(taken.path, finder(own_key, taken.path)) == taken.manifest


def test_with_its_database_kept_a_series_file_comes_back_without_a_keyring(
    home: Home, tmp_path: Path
) -> None:
    taken = home.back_up(tmp_path / "shelf")
    (tmp_path / "shelf" / keyring.NAME).unlink()
    assert home.bring_back(taken.path, keep_database=True, replace=True).taken == taken.manifest.taken


def test_an_archive_of_before_is_not_sealed_and_comes_back_all_the_same(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr("cloud.backup.take.new_key", lambda *_: None)
        taken = home.back_up(tmp_path / "shelf" / "carewire-20270115T080000Z.tar.gz")
    assert not taken.is_sealed
    assert not archive.is_sealed(taken.path)
    assert Home(tmp_path / "new").bring_back(taken.path).taken == taken.manifest.taken


def test_a_backup_needs_the_master_key_and_says_so(home: Home, tmp_path: Path) -> None:
    without_master = replace(home, changes={"keys": KeysSettings()})
    with pytest.raises(ConfigurationError, match="put that file back from its backup"):
        without_master.back_up(tmp_path / "shelf")
    assert list((tmp_path / "shelf").glob("*.backup")) == []


@dataclass(slots=True)
class Erased:
    """A home whose patient was erased after the first backup was taken."""

    home: Home
    shelf: Path
    before: Taken

    def back_up_after(self, days: int) -> Taken:
        self.home.now_ms = self.before.manifest.instant_ms + days * DAY_MS
        return self.home.back_up(self.shelf)

    def verified(self, taken: Taken) -> None:
        archive.verify(taken.path, finder(self.home, taken.path))


@pytest.fixture
def erased(home: Home, tmp_path: Path) -> Erased:
    taken = home.back_up(tmp_path / "shelf")
    at_ms = taken.manifest.instant_ms + DAY_MS
    with closing(home.relational()) as store:
        store.forgetting.forget(WEI.id)
        asked = Erasure(reference="r", patient_id=WEI.id, asked_by="u", asked_ms=at_ms, due_ms=at_ms)
        store.erasures.ask(asked)
        store.erasures.begin("r")
        store.erasures.end("r", at_ms)
        assert store.erasures.by_reference("r") == replace(
            asked, patient_id=None, state=ErasureState.DONE, ended_ms=at_ms
        )
    return Erased(home, tmp_path / "shelf", taken)


def test_a_month_after_an_erasure_no_archive_that_holds_who_was_erased_opens_any_more(
    erased: Erased,
) -> None:
    between = erased.back_up_after(30)
    assert between.keys_destroyed == 0
    erased.verified(erased.before)
    copy = erased.before.path.with_name("copy.backup")
    copy.write_bytes(erased.before.path.read_bytes())
    erased.home.changes["backup"] = {"folder": erased.shelf}
    newest = erased.back_up_after(31)
    assert newest.keys_destroyed == 1
    for path in (copy, erased.before.path):
        with pytest.raises(
            BackupError, match="somebody in it who was erased is destroyed in time: then use a newer"
        ):
            archive.verify(path, finder(erased.home, path))
    for taken in (between, newest):
        erased.verified(taken)
    assert erased.back_up_after(32).keys_destroyed == 0


def test_no_key_is_destroyed_before_the_newer_archive_is_whole(
    erased: Erased, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise BackupError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(archive, "write", full)
        with pytest.raises(BackupError):
            erased.back_up_after(40)
    erased.verified(erased.before)


def test_no_key_is_destroyed_for_a_newer_archive_that_does_not_read_whole(
    erased: Erased, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = archive.write

    def torn(path: Path, *what: Any) -> None:
        write(path, *what)
        path.write_bytes(path.read_bytes()[:-1])

    with monkeypatch.context() as patched:
        patched.setattr(archive, "write", torn)
        with pytest.raises(DamagedBackupError):
            erased.back_up_after(40)
    erased.verified(erased.before)


def test_no_key_is_destroyed_for_an_archive_that_lacks_what_the_older_may_have(erased: Erased) -> None:
    erased.home.damage_an_hour()
    newer = erased.back_up_after(40)
    assert newer.manifest.damaged_hours
    assert newer.keys_destroyed == 0
    erased.verified(erased.before)


def test_no_key_is_destroyed_for_a_backup_that_is_not_where_they_are_kept(
    erased: Erased, tmp_path: Path
) -> None:
    erased.home.changes["backup"] = {"folder": erased.shelf}
    erased.home.now_ms = erased.before.manifest.instant_ms + 40 * DAY_MS
    assert erased.home.back_up(tmp_path / "stick" / "once.backup").keys_destroyed == 0
    erased.verified(erased.before)


def test_an_erasure_that_was_taken_back_destroys_nothing(home: Home, tmp_path: Path) -> None:
    taken = home.back_up(tmp_path / "shelf")
    with closing(home.relational()) as store:
        store.erasures.ask(
            Erasure(
                reference="r",
                patient_id=WEI.id,
                asked_by="u",
                asked_ms=home.now_ms + DAY_MS,
                due_ms=home.now_ms + 8 * DAY_MS,
            )
        )
        assert store.erasures.call_off("r", ErasureState.CANCELLED, home.now_ms + 2 * DAY_MS)
    home.now_ms += 99 * DAY_MS
    assert home.back_up(tmp_path / "shelf").keys_destroyed == 0
    assert archive.verify(taken.path, finder(home, taken.path)) == taken.manifest


@pytest.mark.parametrize("place", [0, 200, -1])
def test_a_damaged_archive_is_refused_before_anything_is_written(
    home: Home, tmp_path: Path, place: int
) -> None:
    taken = home.back_up(tmp_path / "shelf")
    content = bytearray(taken.path.read_bytes())
    content[place] ^= 1
    taken.path.write_bytes(content)
    new = Home(tmp_path / "new")
    with pytest.raises(DamagedBackupError, match="use another backup"):
        new.bring_back(taken.path)
    assert not new.folder.exists()


def test_a_database_of_before_there_were_keys_is_backed_up_unsealed_and_that_is_said(
    home: Home, tmp_path: Path
) -> None:
    with closing(Database(home.settings.database_url)) as database, database.write() as connection:
        metadata.tables["data_key"].drop(connection)
    assert not home.back_up(tmp_path / "shelf").is_sealed
