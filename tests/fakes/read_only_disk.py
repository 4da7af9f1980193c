"""A real disk that may only be read, and can be made writable again."""

import ctypes
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

_READ_ONLY, _REMOUNT = 1, 32
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOnlyDisk:
    """A folder that can be written only once `make_writable` was called."""

    folder: Path
    make_writable: Callable[[], object]
    make_read_only: Callable[[], object]


@pytest.fixture
def read_only_disk(tmp_path: Path) -> Iterator[ReadOnlyDisk]:
    """A file system of its own, mounted read-only; who may not mount is refused by the folder's rights."""
    folder = tmp_path / "read-only"
    folder.mkdir()
    if _mount(folder, 0):
        disk = ReadOnlyDisk(
            folder=folder,
            make_writable=lambda: _mount(folder, _REMOUNT),
            make_read_only=lambda: _mount(folder, _REMOUNT | _READ_ONLY),
        )
        disk.make_read_only()
        yield disk
        _libc.umount2(bytes(folder), 2)
    else:
        assert os.geteuid() != 0, "root that may not mount is not refused by rights either"
        folder.chmod(0o555)
        yield ReadOnlyDisk(
            folder=folder,
            make_writable=lambda: folder.chmod(0o755),
            make_read_only=lambda: folder.chmod(0o555),
        )
        folder.chmod(0o755)


def _mount(folder: Path, flags: int) -> bool:
    return bool(_libc.mount(b"tmpfs", bytes(folder), b"tmpfs", flags, b"size=67108864") == 0)
