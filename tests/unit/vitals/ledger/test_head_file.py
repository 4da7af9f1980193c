"""A head that is kept is there after a power cut, or the one before is; garbage is not taken for none."""

from pathlib import Path

import pytest

from tests.fakes.signed_ledger import SignedLedger
from vitals.errors import StorageError
from vitals.ledger.head_file import HeadFile

HEAD = SignedLedger(5).head()


def test_a_head_is_read_back_and_replaced(tmp_path: Path) -> None:
    file = HeadFile(path=tmp_path / "head.json")
    assert file.read() is None
    file.write(HEAD)
    file.write(SignedLedger(6).head())
    assert file.read() == SignedLedger(6).head()
    assert [path.name for path in tmp_path.iterdir()] == ["head.json"]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"{}", b"null"])
def test_a_file_that_holds_no_head_is_told_and_not_taken_for_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "head.json").write_bytes(content)
    with pytest.raises(StorageError, match="bring it back from a copy"):
        HeadFile(path=tmp_path / "head.json").read()


def test_a_disk_that_refuses_leaves_the_one_before(tmp_path: Path) -> None:
    file = HeadFile(path=tmp_path / "head.json")
    file.write(HEAD)
    (tmp_path / "head.json.new").mkdir()
    with pytest.raises(StorageError, match="cannot be written"):
        file.write(SignedLedger(6).head())
    assert file.read() == HEAD
