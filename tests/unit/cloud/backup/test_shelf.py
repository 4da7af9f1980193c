from pathlib import Path

import pytest

from cloud.backup.errors import BackupError
from cloud.backup.shelf import Shelf
from cloud.backup.watch import BackupWatch
from cloud.config import BackupSettings
from tests.fakes.clock import FakeClock

HOUR_MS = 3_600_000
NOON_MS = 1_800_000_000_000


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(folder=tmp_path)


def put(shelf: Shelf, *moments_ms: int) -> None:
    for moment_ms in moments_ms:
        shelf.path_of(moment_ms).touch()


def test_a_backup_is_named_for_its_moment_and_found_by_it(shelf: Shelf) -> None:
    assert shelf.newest_ms(NOON_MS) is None
    put(shelf, NOON_MS, NOON_MS + HOUR_MS)
    (shelf.folder / "carewire-holiday.tar.gz").touch()
    (shelf.folder / "notes.txt").touch()
    assert shelf.path_of(NOON_MS).name == "carewire-20270115T080000Z.backup"
    assert [ms for ms, _ in shelf.backups()] == [NOON_MS, NOON_MS + HOUR_MS]
    assert shelf.newest_ms(NOON_MS + HOUR_MS) == NOON_MS + HOUR_MS


def test_the_newest_stay_and_what_is_no_backup_is_left_alone(shelf: Shelf) -> None:
    put(shelf, *(NOON_MS + n * HOUR_MS for n in range(5)))
    (shelf.folder / "carewire-holiday.tar.gz").touch()
    gone = shelf.thin_out(2, NOON_MS + 9 * HOUR_MS)
    assert [path.name for path in gone] == [shelf.path_of(NOON_MS + n * HOUR_MS).name for n in range(3)]
    assert [ms for ms, _ in shelf.backups()] == [NOON_MS + 3 * HOUR_MS, NOON_MS + 4 * HOUR_MS]
    assert (shelf.folder / "carewire-holiday.tar.gz").exists()
    assert shelf.thin_out(9, NOON_MS + 9 * HOUR_MS) == []


def test_a_backup_of_a_time_to_come_takes_no_place_of_those_that_are_kept(shelf: Shelf) -> None:
    put(shelf, NOON_MS, NOON_MS + HOUR_MS, NOON_MS + 9_999 * HOUR_MS)
    gone = shelf.thin_out(1, NOON_MS + HOUR_MS)
    assert [path.name for path in gone] == [shelf.path_of(NOON_MS).name]


def test_one_backup_at_a_time_and_the_next_clears_what_a_killed_one_left(shelf: Shelf) -> None:
    (shelf.folder / ".carewire-backup.work").mkdir()
    (shelf.folder / ".carewire-backup.work" / "series.db").touch()
    (shelf.folder / "carewire-20270115T080000Z.backup.partial").touch()
    with shelf.workplace() as work:
        assert list(work.iterdir()) == []
        with pytest.raises(BackupError, match="another backup is being taken"), shelf.workplace():
            pass
        (work / "copy").touch()
    assert [path.name for path in shelf.folder.iterdir()] == [".carewire-backup.lock"]


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(BackupError, match="name another folder"),
        Shelf(folder=tmp_path / "file" / "below").workplace(),
    ):
        pass


def watch(folder: Path | None, clock: FakeClock) -> BackupWatch:
    settings = BackupSettings(folder=folder, every_h=24)
    return BackupWatch(settings=settings, clock=clock, since_ms=NOON_MS)


def test_nobody_expects_backups_where_no_folder_is_named() -> None:
    assert watch(None, FakeClock(wall=NOON_MS + 999 * HOUR_MS)).troubles() == ()


@pytest.mark.parametrize(("age_h", "told"), [(0, []), (35, []), (37, ["the newest is 37 h old"])])
def test_a_backup_that_is_half_as_old_again_as_it_should_be_is_a_trouble(
    shelf: Shelf, age_h: int, told: list[str]
) -> None:
    put(shelf, NOON_MS - 99 * HOUR_MS, NOON_MS)
    troubles = watch(shelf.folder, FakeClock(wall=NOON_MS + age_h * HOUR_MS)).troubles()
    assert [trouble.split(": ")[1].split(" in ")[0] for trouble in troubles] == told


def test_a_backup_of_a_time_to_come_hides_from_nobody_that_there_is_no_newer_one(shelf: Shelf) -> None:
    put(shelf, NOON_MS, NOON_MS + 9_999 * HOUR_MS)
    (trouble,) = watch(shelf.folder, FakeClock(wall=NOON_MS + 37 * HOUR_MS)).troubles()
    assert "the newest is 37 h old" in trouble


def test_a_service_that_just_started_is_given_the_time_for_its_first_backup(shelf: Shelf) -> None:
    assert watch(shelf.folder, FakeClock(wall=NOON_MS + 35 * HOUR_MS)).troubles() == ()
    (trouble,) = watch(shelf.folder, FakeClock(wall=NOON_MS + 37 * HOUR_MS)).troubles()
    assert "there is none" in trouble
