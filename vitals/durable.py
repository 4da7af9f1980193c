"""A file that is there whole or not at all, whenever the power goes: written beside, synced, then named.

Keys above all: one that was cut off while it was written would stand in the way of a new one, and open
nothing.
What the disk refuses is raised as OSError: whoever writes knows what to say of it.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkstemp
from typing import Final

__all__ = ["OWNER_ALONE", "put", "put_new", "sync_folder"]

OWNER_ALONE: Final = 0o600
_NO_SECOND_NAMES: Final = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS})


def put(file: Path, content: bytes, *, mode: int = OWNER_ALONE) -> None:
    """Put a file in its place; one that was there is there until then, whole."""
    with _beside(file, content, mode) as fresh:
        fresh.replace(file)
        sync_folder(file.parent)


def put_new(file: Path, content: bytes, *, mode: int = OWNER_ALONE) -> None:
    """Put a file where there is none: of two that do so at once, one does.

    Raises
    ------
    FileExistsError
        If there is one: it is never written over.
    """
    with _beside(file, content, mode) as fresh:
        _name(fresh, file)
        sync_folder(file.parent)


def sync_folder(folder: Path) -> None:
    """Have the disk keep the names in a folder."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _name(fresh: Path, file: Path) -> None:
    """Give a file a name that nobody has; a disk that knows no second names, such as a stick's, moves it."""
    try:
        file.hardlink_to(fresh)
    except OSError as error:
        if error.errno not in _NO_SECOND_NAMES:
            raise
        if file.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(file)) from error
        fresh.rename(file)


@contextmanager
def _beside(file: Path, content: bytes, mode: int) -> Iterator[Path]:
    handle, name = mkstemp(prefix=f".{file.name}.", dir=file.parent)
    fresh = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            if mode != OWNER_ALONE:
                os.fchmod(out.fileno(), mode)
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        yield fresh
    finally:
        fresh.unlink(missing_ok=True)
