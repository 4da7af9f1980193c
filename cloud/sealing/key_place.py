"""Where the master key lies: a folder of its own that only the service may read, or the settings."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cloud.sealing.master import MasterKeys, new_master, parse, rendered
from vitals.durable import put, put_new
from vitals.errors import ConfigurationError

__all__ = ["MASTER", "KeyPlace"]

MASTER: Final = "master.key"
_OWNER_ONLY: Final = 0o700
_OTHERS: Final = 0o077


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPlace:
    """A folder, and the text of the master key where the settings give that: then it is no file."""

    folder: Path
    given: str | None = field(default=None, repr=False)

    @property
    def file(self) -> Path:
        """Where the master key lies unless it is given."""
        return self.folder / MASTER

    def read(self) -> MasterKeys | None:
        """Return the master keys; None if there never were any here.

        Raises
        ------
        ConfigurationError
            If they cannot be read, were altered, or others may read them.
        """
        if self.given is not None:
            return parse(self.given, "keys.master")
        try:
            if self.file.stat().st_mode & _OTHERS:
                raise ConfigurationError(f"{self.file} may be read by others: chmod 600 it")
            return parse(self.file.read_text(), str(self.file))
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                f"{self.file} cannot be read ({error}): let the service read it, or restore its backup"
            ) from error

    def make(self, randomness: Callable[[int], bytes]) -> MasterKeys:
        """Return the master keys, made now if there are none: of two that make them at once, one does.

        Raises
        ------
        ConfigurationError
            If they cannot be written.
        """
        found = self.read()
        if found is None:
            self._write(MasterKeys(all=(new_master(randomness),)), replaces=False)
            found = self.read()
        if found is None:
            raise ConfigurationError(f"{self.file} cannot be made: correct keys.folder")
        return found

    def replace(self, keys: MasterKeys) -> None:
        """Put others in place of those there are, in one step.

        Raises
        ------
        ConfigurationError
            If they are given by the settings, or cannot be written.
        """
        if self.given is not None:
            raise ConfigurationError("the master key is given as keys.master: move it into a file first")
        self._write(keys, replaces=True)

    def _write(self, keys: MasterKeys, *, replaces: bool) -> None:
        try:
            self.folder.mkdir(mode=_OWNER_ONLY, parents=True, exist_ok=True)
            if replaces:
                put(self.file, rendered(keys).encode())
            else:
                with suppress(FileExistsError):
                    put_new(self.file, rendered(keys).encode())
        except OSError as error:
            raise ConfigurationError(
                f"{self.file} cannot be written ({error.strerror}): correct keys.folder"
            ) from error
