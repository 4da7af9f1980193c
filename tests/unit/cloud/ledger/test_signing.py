"""Heads are signed by a key that is nobody else's, and never two that contradict each other."""

import threading
from pathlib import Path

import pytest

from cloud.ledger.keys import make_key, public_text, read_private_key
from cloud.ledger.signing import Signer
from cloud.ledger.work import LedgerWork
from tests.fakes.ledger import FakeHeadBook
from vitals.errors import ConfigurationError, LedgerError, StorageError
from vitals.ledger.head_file import HeadFile
from vitals.ledger.heads import read_key, verify_head


@pytest.fixture
def book() -> FakeHeadBook:
    return FakeHeadBook(waiting_leaves=20)


@pytest.fixture
def signer(book: FakeHeadBook, tmp_path: Path) -> Signer:
    return signer_of(book, tmp_path)


def signer_of(book: FakeHeadBook, folder: Path) -> Signer:
    return Signer(
        ledger=book,
        book=book,
        key_file=folder / "ledger-key.pem",
        memory=HeadFile(path=folder / "ledger-head.json"),
        wall_ms=lambda: 1_700_000_000_000,
    )


def test_a_head_is_of_all_that_was_written_down_and_holds(signer: Signer, book: FakeHeadBook) -> None:
    head = signer.head()
    assert (head.size, head.root_hash) == (20, book.tiles.tree().root())
    verify_head(head, read_key(signer.public_key()))
    assert book.signed == [head]
    assert signer.memory.read() == head


def test_what_was_signed_is_remembered_by_one_process_at_a_time(
    signer: Signer, book: FakeHeadBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_turn: list[bool] = []
    monkeypatch.setattr(HeadFile, "write", lambda *_: in_turn.append(book.is_taking_turns))
    signer.head()
    assert in_turn == [True]


def test_nothing_new_is_not_signed_again(signer: Signer, book: FakeHeadBook) -> None:
    assert signer.head() == signer.head()
    assert len(book.signed) == 1


def test_the_key_is_made_once_for_its_owner_alone(signer: Signer, tmp_path: Path, book: FakeHeadBook) -> None:
    key = signer.public_key()
    assert (tmp_path / "ledger-key.pem").stat().st_mode & 0o777 == 0o600
    assert signer_of(book, tmp_path).public_key() == key


def test_a_key_that_is_gone_is_missed_and_not_made_anew(book: FakeHeadBook, tmp_path: Path) -> None:
    signer_of(book, tmp_path).head()
    (tmp_path / "ledger-key.pem").unlink()
    with pytest.raises(ConfigurationError, match="is missing"):
        signer_of(book, tmp_path).head()


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    make_key(tmp_path / "key.pem")
    (tmp_path / "key.pem").chmod(0o640)
    with pytest.raises(ConfigurationError, match="read by others"):
        read_private_key(tmp_path / "key.pem")


@pytest.mark.parametrize(
    "content", [b"", b"no key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_what_is_no_key_is_refused_with_what_to_do(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key.pem"
    path.touch(0o600)
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match="carewire ledger keygen"):
        read_private_key(path)


def test_no_key_is_ever_overwritten(tmp_path: Path) -> None:
    key = make_key(tmp_path / "key.pem")
    with pytest.raises(ConfigurationError, match="is there already"):
        make_key(tmp_path / "key.pem")
    again = read_private_key(tmp_path / "key.pem")
    assert again is not None
    assert public_text(again) == public_text(key)


def test_a_database_that_was_set_back_is_not_signed(signer: Signer, tmp_path: Path) -> None:
    signer.head()
    older = FakeHeadBook(waiting_leaves=12)
    with pytest.raises(
        LedgerError, match=r"12 entries, and a head of 20 was signed.*carewire ledger restored"
    ):
        signer_of(older, tmp_path).head()
    assert older.signed == []


def test_a_database_whose_past_was_changed_is_not_signed(signer: Signer, tmp_path: Path) -> None:
    signer.head()
    other = FakeHeadBook(waiting_leaves=30, seed="other")
    with pytest.raises(LedgerError, match="the first 20 entries are not those that were signed"):
        signer_of(other, tmp_path).head()


def test_the_heads_in_the_database_hold_the_signer_to_its_word_too(
    signer: Signer, book: FakeHeadBook
) -> None:
    signer.head()
    signer.memory.path.unlink()
    book.tiles.levels[0][19] = b"x" * 32
    book.waiting_leaves = 1
    with pytest.raises(LedgerError, match="not those that were signed"):
        signer.head()


def test_a_declared_restoration_is_signed_under_its_epoch(signer: Signer, tmp_path: Path) -> None:
    signer.head()
    older = FakeHeadBook(waiting_leaves=12, epoch=1_700_000_000_001)
    head = signer_of(older, tmp_path).head()
    assert (head.size, head.epoch) == (12, 1_700_000_000_001)


def test_a_memory_that_cannot_be_read_is_told(signer: Signer) -> None:
    signer.memory.path.write_text("{")
    with pytest.raises(StorageError, match="bring it back from a copy"):
        signer.head()


def work(book: FakeHeadBook, signer: Signer, now: list[float]) -> LedgerWork:
    return LedgerWork(ledger=book, signer=signer, monotonic_s=lambda: now[0], every_s=60.0)


def test_deeds_are_entered_at_every_step_and_a_head_signed_every_minute(
    signer: Signer, book: FakeHeadBook
) -> None:
    now = [0.0]
    working = work(book, signer, now)
    working.step()
    book.waiting_leaves = 5
    now[0] = 30.0
    working.step()
    assert (book.tiles.size, len(book.signed)) == (25, 1)
    now[0] = 61.0
    working.step()
    assert len(book.signed) == 2


def test_the_last_head_is_signed_at_the_end_and_what_went_wrong_is_told(
    signer: Signer, book: FakeHeadBook
) -> None:
    stop = threading.Event()
    working = work(book, signer, [0.0])
    book.is_broken = True
    thread = threading.Thread(target=working.run, args=(stop,))
    thread.start()
    while not working.troubles():
        threading.Event().wait(0.01)
    assert working.troubles() == ("ledger: ledger.db: the disk is full",)
    book.is_broken = False
    stop.set()
    working.wake()
    thread.join()
    assert working.troubles() == ()
    assert len(book.signed) == 1
