"""The folder where backups lie: how they are named, which is the newest, which may go."""

import fcntl
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cloud.backup.archive import PARTIAL
from cloud.backup.errors import BackupError

__all__ = ["SUFFIX", "Shelf", "is_named_as_backup"]

_PREFIX: Final = "carewire-"
SUFFIX: Final = ".backup"
_SUFFIX_OF_BEFORE: Final = ".tar.gz"  # when archives were not sealed
_SUFFIXES: Final = (SUFFIX, _SUFFIX_OF_BEFORE)
_MOMENT: Final = "%Y%m%dT%H%M%SZ"
_LOCK: Final = ".carewire-backup.lock"
_WORK: Final = ".carewire-backup.work"


def is_named_as_backup(path: Path) -> bool:
    """Tell whether a name is that of a backup, and not of a folder."""
    return path.name.endswith(_SUFFIXES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A folder of backups, each named for the moment it is of."""

    folder: Path

    def path_of(self, instant_ms: int) -> Path:
        """Return the name for a backup of a moment."""
        moment = datetime.fromtimestamp(instant_ms / 1000, UTC)
        return self.folder / f"{_PREFIX}{moment.strftime(_MOMENT)}{SUFFIX}"

    def backups(self) -> Sequence[tuple[int, Path]]:
        """Return the moments and files of the backups that lie here, oldest first."""
        named = (path for path in self.folder.glob(f"{_PREFIX}*") if is_named_as_backup(path))
        found = ((_moment_ms(path), path) for path in named)
        return sorted((ms, path) for ms, path in found if ms is not None)

    def newest_ms(self, until_ms: int) -> int | None:
        """Return the moment of the newest until then: one of later was taken by a clock that was wrong."""
        return max((ms for ms, _ in self.backups() if ms <= until_ms), default=None)

    def thin_out(self, keep: int, until_ms: int) -> Sequence[Path]:
        """Remove all but the newest `keep` of those until then, and return what went; later ones stay.

        Raises
        ------
        BackupError
            If the folder lets go of none of it: what was taken is there.
        """
        try:
            old = [path for ms, path in self.backups() if ms <= until_ms][:-keep]
            for path in old:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise BackupError(
                f"the backup is taken, but {self.folder} lets go of no older one ({error.strerror}): "
                "remove some by hand, or let us write there"
            ) from error
        return old

    @contextmanager
    def workplace(self) -> Iterator[Path]:
        """Give one backup at a time a folder for what it gathers; what a killed one left is cleared away.

        Raises
        ------
        BackupError
            If another backup is being taken here, or the folder cannot be written.
        """
        work = self.folder / _WORK
        with self._alone():
            self._clear(work)
            try:
                work.mkdir(mode=0o700)
                yield work
            finally:
                self._clear(work)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / _LOCK).open("ab") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield
        except BlockingIOError:
            raise BackupError(f"another backup is being taken into {self.folder}: wait for it") from None
        except OSError as error:
            raise BackupError(f"{self.folder} refuses ({error.strerror}): name another folder") from error

    def _clear(self, work: Path) -> None:
        shutil.rmtree(work, ignore_errors=True)
        for path in self.folder.glob(f"*{PARTIAL}"):
            if is_named_as_backup(path.with_suffix("")):
                path.unlink(missing_ok=True)


def _moment_ms(path: Path) -> int | None:
    name = path.name.removeprefix(_PREFIX).removesuffix(SUFFIX).removesuffix(_SUFFIX_OF_BEFORE)
    try:
        return int(datetime.strptime(name, _MOMENT).replace(tzinfo=UTC).timestamp() * 1000)
    except ValueError:
        return None
