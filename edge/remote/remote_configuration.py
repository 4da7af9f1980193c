"""Settings given from afar: what may be set, laid over the gateway's own file, on a shelf of versions."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from edge.remote.settable import unsettable
from edge.remote.shelf import Shelf, Trial
from vitals.errors import ConfigurationError
from vitals.release import Kind, OpenedRelease, Refusal, ReleaseRefusedError, SettingsContent
from vitals.settings import Overlay

__all__ = ["RELEASE_FILE", "RemoteConfiguration"]

RELEASE_FILE: Final = "release.json"
"""The signed document that a version came by, beside it."""
_SETTINGS: Final = "settings.toml"


class RemoteConfiguration:
    """The settings of one gateway. Version 0 is none: its own file alone."""

    def __init__(self, folder: Path) -> None:
        """Read what is there.

        Raises
        ------
        StorageError
            If the folder cannot be read.
        """
        self.shelf = Shelf(folder, str(Kind.CONFIGURATION))

    def overlay(self) -> Overlay | None:
        """Return the settings of the version in use; None: there are none.

        Raises
        ------
        ConfigurationError
            If its file is gone or damaged.
        """
        folder = self.shelf.folder
        if folder is None:
            return None
        file = folder / _SETTINGS
        try:
            return _overlay(self.shelf.version, file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{file}: cannot be read ({error}); send the settings again") from error

    def propose(
        self,
        opened: OpenedRelease,
        content: SettingsContent,
        trial: Trial,
        *,
        check: Callable[[Overlay], object],
        has_consent: bool,
    ) -> None:
        """Put settings on trial; `check` raises ConfigurationError if the whole cannot be used.

        Raises
        ------
        ReleaseRefusedError
            It sets what may not be set from afar, or what cannot be used: nothing is touched.
        StorageError
            If it cannot be kept; the version in use stays.
        """
        try:
            overlay = _overlay(trial.version, content.toml)
            if problem := unsettable(overlay.content, has_consent=has_consent):
                raise ReleaseRefusedError(Refusal.NOT_SETTABLE, problem)
            check(overlay)
        except ConfigurationError as error:
            raise ReleaseRefusedError(Refusal.INVALID_SETTINGS, str(error)) from error
        files = {_SETTINGS: content.toml.encode(), RELEASE_FILE: msgspec.json.encode(opened.signed)}
        self.shelf.propose(trial, files)


def _overlay(version: int, text: str) -> Overlay:
    name = f"configuration version {version}"
    try:
        return Overlay(name=name, content=tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(f"{name}: is not TOML ({error}); correct that line") from error
