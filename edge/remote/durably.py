"""Files that are there whole or not at all, whenever the power goes: written beside, synced, renamed."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from vitals.errors import StorageError

__all__ = ["discard", "write_file", "write_folder"]


def write_file(file: Path, content: bytes) -> None:
    """Put a file in its place.

    Raises
    ------
    StorageError
        The disk refuses: what was there before is there still.
    """
    fresh = file.with_name(f"{file.name}.new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        _write_synced(fresh, content)
        fresh.replace(file)
        _sync_folder(file.parent)
    except OSError as error:
        discard(fresh)
        raise StorageError(f"{file} cannot be written ({error}): check the gateway's disk") from error


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put a folder of files in its place; one that is there under the name goes.

    Raises
    ------
    StorageError
        The disk refuses: nothing of the new folder is left.
    """
    fresh = folder.with_name(f"{folder.name}.new")
    try:
        discard(fresh)
        fresh.mkdir(parents=True)
        for name, content in files.items():
            _write_synced(fresh / name, content)
        _sync_folder(fresh)
        discard(folder)
        fresh.rename(folder)
        _sync_folder(folder.parent)
    except OSError as error:
        discard(fresh)
        raise StorageError(f"{folder} cannot be written ({error}): check the gateway's disk") from error


def discard(path: Path) -> None:
    """Remove a file or folder; what the disk will not let go of stays, and is in nobody's way."""
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    except OSError:
        return


def _write_synced(file: Path, content: bytes) -> None:
    with file.open("wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
