"""One gateway to an adapter, across processes: a lock that the kernel takes back from whoever dies."""

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from vitals.errors import DeviceError

__all__ = ["RadioLock", "lock_file"]

_FOLDERS: Final = ("/run/lock", "$RUNTIME_DIRECTORY")


class RadioLock:
    """Held from the first scan to the last disconnection; two that connect at once make an adapter fail."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def take(self) -> None:
        """Take the lock, unless this process has it.

        Raises
        ------
        DeviceError
            Another process has it.
        """
        if self._descriptor is not None:
            return
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise DeviceError(
                f"{self._path} cannot be opened ({error}): give radio.lock_dir a folder that can be written"
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(descriptor, 32).decode(errors="replace").strip() or "unknown"
            os.close(descriptor)
            raise DeviceError(
                f"another gateway, process {holder}, uses this Bluetooth adapter: stop it, "
                "or give this one an adapter of its own as radio.adapter"
            ) from error
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock back."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def lock_file(adapter: str | None, folder: Path | None, environ: Mapping[str, str]) -> Path:
    """Return where the lock of an adapter lies: by its name, and by the message bus it is reached through."""
    bus = environ.get("DBUS_SYSTEM_BUS_ADDRESS", "")
    suffix = f"-{hashlib.sha256(bus.encode()).hexdigest()[:12]}" if bus else ""
    return (folder or _folder(environ)) / f"carewire-{adapter or 'hci0'}{suffix}.lock"


def _folder(environ: Mapping[str, str]) -> Path:
    """Return the first folder that can be written, of those that a restart empties."""
    folders = (Path(_expanded(name, environ)) for name in _FOLDERS)
    usable = (folder for folder in folders if folder.is_dir() and os.access(folder, os.W_OK))
    return next(usable, Path(tempfile.gettempdir()))


def _expanded(name: str, environ: Mapping[str, str]) -> str:
    return environ.get(name[1:], "").partition(":")[0] or "/nowhere" if name.startswith("$") else name
