"""What can go wrong with a backup and a restore: a full disk, and a kill -9 wherever it falls."""

import itertools
import random
from functools import partial
from pathlib import Path

import pytest

from cloud.backup import keyring
from cloud.backup.errors import BackupError
from cloud.backup.shelf import Shelf
from cloud.backup.take import Taken
from cloud.storage.series import UNFINISHED_RESTORE
from tests.contracts.records import NOW_MS, identified, run
from tests.contracts.series.store import poison
from tests.fakes.backed_up import Home
from tests.fakes.killed_process import done_before
from tests.fakes.small_disk import SmallDisk, small_disk
from vitals.errors import StorageError

__all__ = ["small_disk"]

WHOLE, OLDER = 22, 7_000
"""The last record that a backup holds, and that of what stood in its place before."""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.fill()
    return home


@pytest.fixture
def large(home: Home) -> Home:
    """A home that keeps more than a small disk takes."""
    chance = random.Random(7)
    stores = home.series()
    for seq in range(100, 130):
        stores.records.commit([], [poison(seq, chance.randbytes(50_000))])
    stores.close()
    return home


@pytest.fixture
def backup(large: Home, tmp_path: Path) -> Taken:
    return large.back_up(tmp_path / "shelf")


def what_lies_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {".carewire-backup.lock"}


def test_a_full_disk_leaves_no_part_of_a_backup(large: Home, small_disk: SmallDisk) -> None:
    with pytest.raises(StorageError, match=r"the disk is full; free some space|the disk failed"):
        large.back_up(small_disk.folder)
    assert what_lies_in(small_disk.folder) == set()
    small_disk.grow()
    taken = large.back_up(small_disk.folder)
    assert large.verified(taken.path) == taken.manifest


def test_a_full_disk_puts_nothing_of_a_restore_in_place(backup: Taken, small_disk: SmallDisk) -> None:
    new = Home(small_disk.folder / "home")
    with pytest.raises(StorageError, match="the disk is full; free some space"):
        new.bring_back(backup.path)
    assert list(new.folder.iterdir()) == []
    small_disk.grow()
    assert new.bring_back(backup.path).taken == backup.manifest.taken


def test_a_backup_killed_anywhere_leaves_none_or_a_whole_one(home: Home, tmp_path: Path) -> None:
    shelf = Shelf(folder=tmp_path / "shelf")
    deaths = 0
    for event in itertools.count(1, 3):
        home.now_ms += 1_000
        if done_before(event, tmp_path, partial(home.back_up, shelf.folder)):
            break
        deaths += 1
        for _, path in shelf.backups():
            home.verified(path)
    assert deaths > 3
    assert what_lies_in(shelf.folder) == {keyring.NAME, *(path.name for _, path in shelf.backups())}
    assert home.back_up(tmp_path / "shelf" / "last.backup").manifest.taken


def test_a_folder_that_lets_go_of_nothing_says_so_and_that_the_backup_is_there(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf(folder=tmp_path / "shelf")
    for _ in range(2):
        home.now_ms += 1_000
        home.back_up(shelf.folder)

    def refuse(path: Path, *, missing_ok: bool = False) -> None:
        raise OSError(30, "Read-only file system", str(path), missing_ok)

    with monkeypatch.context() as broken:
        broken.setattr(Path, "unlink", refuse)
        with pytest.raises(BackupError, match=r"the backup is taken, but .* lets go of no older one"):
            shelf.thin_out(1, home.now_ms)
    assert len(shelf.backups()) == 2


@pytest.mark.parametrize("replace", [False, True], ids=["empty place", "place with something in it"])
def test_a_restore_killed_anywhere_lets_no_service_start_on_half_and_is_done_again(
    home: Home, tmp_path: Path, *, replace: bool
) -> None:
    taken = home.back_up(tmp_path / "shelf")
    deaths = 0
    for event in itertools.count(1, 3):
        new = Home(tmp_path / f"new-{event}")
        if replace:
            older = new.series()
            older.records.commit([identified(run((NOW_MS, 1.0)), OLDER)])
            older.close()
            new.relational().close()
        is_done = done_before(event, new.folder, partial(new.bring_back, taken.path, replace=replace))
        if is_done:
            break
        deaths += 1
        if (new.folder / UNFINISHED_RESTORE).exists():
            with pytest.raises(StorageError, match="restore was cut off"):
                new.series()
        elif (found := last_seq(new)) == WHOLE:
            continue  # the restore was over: only its name had still to be synced
        else:
            assert found in {None, OLDER}
        assert new.bring_back(taken.path, replace=replace).taken == taken.manifest.taken
        assert last_seq(new) == WHOLE
    assert deaths > 3


def last_seq(home: Home) -> int | None:
    if not (home.folder / "series.db").exists():
        return None
    stores = home.series()
    try:
        return max(stores.records.accounts()[0].stored)[1]
    finally:
        stores.close()
