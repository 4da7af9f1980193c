"""A version from afar is tried, kept if it proves good and else taken back; state and files agree."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.remote import shelf as module
from edge.remote.shelf import MOST_STARTS, Shelf, Trial
from vitals.errors import StorageError
from vitals.records import CommandOutcome

ID = "0123456789abcdef"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "configuration"


@pytest.fixture
def shelf(folder: Path) -> Shelf:
    return Shelf(folder, "configuration")


def propose(shelf: Shelf, version: int, text: str = "x") -> None:
    shelf.propose(Trial(command_id=ID, version=version), {"settings.toml": text.encode()})


def kept(shelf: Shelf, version: int, text: str = "x") -> None:
    """Let a version prove good."""
    propose(shelf, version, text)
    shelf.begin()
    shelf.confirm()
    shelf.told()


def text_of(shelf: Shelf) -> str | None:
    return None if shelf.folder is None else (shelf.folder / "settings.toml").read_text()


def test_without_any_version_nothing_is_written(shelf: Shelf, folder: Path) -> None:
    shelf.begin()
    assert (shelf.version, shelf.folder, shelf.trial) == (0, None, None)
    assert not folder.exists()


def test_a_version_proves_good_and_is_there_after_a_restart(shelf: Shelf, folder: Path) -> None:
    propose(shelf, 3, "new")
    assert shelf.trial is not None
    shelf.begin()
    shelf.confirm()
    again = Shelf(folder, "configuration")
    assert (again.version, again.trial, text_of(again)) == (3, None, "new")
    assert again.settled is not None
    assert (again.settled.command_id, again.settled.outcome) == (ID, CommandOutcome.DONE)
    again.told()
    assert Shelf(folder, "configuration").settled is None


def test_what_is_to_be_told_beside_the_verdict_is(shelf: Shelf) -> None:
    shelf.propose(Trial(command_id=ID, version=2, note="it said otherwise of 7"), {})
    shelf.confirm()
    assert shelf.settled is not None
    assert shelf.settled.detail == "version 2 is in use; it said otherwise of 7"


def test_a_version_taken_back_leaves_the_one_before_and_says_why(shelf: Shelf, folder: Path) -> None:
    kept(shelf, 1, "old")
    propose(shelf, 2, "new")
    shelf.begin()
    shelf.roll_back("the cloud was not reached")
    again = Shelf(folder, "configuration")
    assert (again.version, again.highest, again.trial, text_of(again)) == (1, 2, None, "old")
    assert again.settled is not None
    assert again.settled.outcome is CommandOutcome.FAILED
    assert again.settled.detail == "rolled-back: taken back to version 1: the cloud was not reached"


def test_the_first_version_is_taken_back_to_none(shelf: Shelf) -> None:
    propose(shelf, 1)
    shelf.begin()
    shelf.roll_back("x")
    assert (shelf.version, shelf.folder) == (0, None)


def test_a_gateway_that_crashes_again_and_again_gives_up_by_itself(shelf: Shelf, folder: Path) -> None:
    propose(shelf, 1)
    for _ in range(MOST_STARTS):
        start = Shelf(folder, "configuration")
        start.begin()
        assert start.version == 1
    last = Shelf(folder, "configuration")
    last.begin()
    assert last.version == 0
    assert last.settled is not None
    assert "started 3 times under it" in last.settled.detail


def test_what_was_good_once_can_be_given_up(shelf: Shelf) -> None:
    kept(shelf, 1, "old")
    kept(shelf, 2, "new")
    shelf.give_up("damaged")
    assert (shelf.version, text_of(shelf), shelf.settled) == (1, "old", None)


def test_giving_up_what_is_on_trial_is_told_to_who_gave_it(shelf: Shelf) -> None:
    propose(shelf, 1)
    shelf.give_up("damaged")
    assert shelf.settled is not None
    assert "damaged" in shelf.settled.detail


@pytest.mark.parametrize("damage", [b"", b"{", b'{"current": "x"}'])
def test_a_state_that_makes_no_sense_is_begun_anew_above_every_version_there_was(
    shelf: Shelf, folder: Path, damage: bytes
) -> None:
    kept(shelf, 7)
    (folder / "state.json").write_bytes(damage)
    again = Shelf(folder, "configuration")
    assert (again.version, again.highest) == (0, 7)


def test_a_folder_of_an_earlier_day_that_somebody_brought_back_is_not_used(
    shelf: Shelf, folder: Path, tmp_path: Path
) -> None:
    kept(shelf, 3, "of an earlier day")
    folder.rename(tmp_path / "kept-by-somebody")
    later = Shelf(folder, "configuration")
    kept(later, 5, "of today")
    for place in (folder, tmp_path / "thrown-away"):
        if place.exists():
            place.rename(tmp_path / "thrown-away")
    (tmp_path / "kept-by-somebody").rename(folder)
    brought = Shelf(folder, "configuration")
    brought.begin(seen=5)
    assert (brought.version, brought.highest, text_of(brought)) == (0, 5, None)


def test_only_the_version_in_use_and_the_one_before_are_kept(shelf: Shelf, folder: Path) -> None:
    for version in (1, 2, 5):
        kept(shelf, version)
    (folder / "9.new").mkdir()
    kept(shelf, 6)
    assert sorted(file.name for file in folder.iterdir()) == ["5", "6", "state.json"]


def test_a_disk_that_will_not_show_what_lies_there_keeps_no_version_from_being_used(
    shelf: Shelf, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(shelf, 1)

    def refuse(_: Path) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(Path, "iterdir", refuse)
        kept(shelf, 2, "new")
    assert (Shelf(folder, "configuration").version, text_of(shelf)) == (2, "new")
    kept(shelf, 3)
    assert sorted(file.name for file in folder.iterdir()) == ["2", "3", "state.json"], "let go of later"


def test_what_the_disk_refuses_changes_nothing(shelf: Shelf, folder: Path) -> None:
    folder.write_text("a file where the folder should be")
    with pytest.raises(StorageError, match="check the gateway's disk"):
        propose(shelf, 1)
    assert (shelf.version, shelf.trial) == (0, None)


@pytest.mark.parametrize("refused", ["write_folder", "write_file"])
def test_a_disk_that_fills_at_any_step_leaves_the_version_in_use(
    shelf: Shelf, folder: Path, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    kept(shelf, 1, "old")

    def full(*_: object) -> None:
        raise StorageError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(module, refused, full)
        with pytest.raises(StorageError):
            propose(shelf, 2, "new")
    for one in (shelf, Shelf(folder, "configuration")):
        assert (one.version, one.trial, text_of(one)) == (1, None, "old")
    propose(shelf, 2, "new")
    assert text_of(shelf) == "new"


def test_a_version_that_comes_while_the_last_answer_is_put_away_is_tried(
    shelf: Shelf, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    propose(shelf, 1)
    shelf.begin()
    shelf.confirm()
    coming = threading.Thread(target=propose, args=(shelf, 2))
    write: Callable[[Path, bytes], None] = module.write_file

    def slowly(file: Path, content: bytes) -> None:
        if not coming.ident:
            coming.start()
            coming.join(0.5)
        write(file, content)

    monkeypatch.setattr(module, "write_file", slowly)
    shelf.told()
    coming.join()
    assert (shelf.version, shelf.settled) == (2, None)
    assert shelf.trial is not None
    assert Shelf(folder, "configuration").version == 2
