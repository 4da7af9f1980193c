import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from vitals import durable


def test_a_file_is_put_for_its_owner_alone_and_replaced_whole(tmp_path: Path) -> None:
    file = tmp_path / "key"
    durable.put(file, b"one")
    durable.put(file, b"two")
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"two", 0o600)
    durable.put(file, b"three", mode=0o644)
    assert file.stat().st_mode & 0o777 == 0o644
    assert list(tmp_path.iterdir()) == [file]


def test_a_new_file_is_never_written_over_one_that_is_there(tmp_path: Path) -> None:
    file = tmp_path / "key"
    durable.put_new(file, b"one")
    with pytest.raises(FileExistsError):
        durable.put_new(file, b"two")
    assert file.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("put", [durable.put, durable.put_new])
def test_content_and_name_are_on_the_disk_when_it_returns(
    tmp_path: Path, put: Callable[[Path, bytes], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = list[str]()
    monkeypatch.setattr(
        os, "fsync", lambda handle: synced.append(str(Path(f"/proc/self/fd/{handle}").readlink()))
    )
    put(tmp_path / "key", b"one")
    beside, folder = synced
    assert beside.startswith(f"{tmp_path}/.key.")
    assert folder == str(tmp_path)


def test_on_a_disk_without_second_names_a_new_file_is_put_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    file = tmp_path / "key"
    durable.put_new(file, b"one")
    with pytest.raises(FileExistsError):
        durable.put_new(file, b"two")
    assert file.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [file]
