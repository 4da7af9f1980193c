"""A real disk that is soon full, and can be made to have room again."""

import ctypes
import resource
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

_DISK_BYTES = 1 << 20
_REMOUNT = 32
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallDisk:
    """A folder that holds a MiB, until `grow` is called."""

    folder: Path
    grow: Callable[[], object]


@pytest.fixture(params=["tmpfs", "file size limit"])
def small_disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SmallDisk]:
    """A real file system of a MiB; where mounting is refused, files of a MiB at most."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if request.param == "tmpfs" and _mount(folder, _DISK_BYTES):
        yield SmallDisk(folder=folder, grow=lambda: _mount(folder, 64 * _DISK_BYTES, _REMOUNT))
        _libc.umount2(bytes(folder), 2)
    else:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (_DISK_BYTES, hard))
        yield SmallDisk(folder=folder, grow=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard)))
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _mount(folder: Path, size_bytes: int, flags: int = 0) -> bool:
    options = f"size={size_bytes}".encode()
    return bool(_libc.mount(b"tmpfs", bytes(folder), b"tmpfs", flags, options) == 0)
