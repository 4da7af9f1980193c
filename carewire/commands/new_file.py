"""A file that a command makes for its owner alone, whole or not at all."""

import os
from collections.abc import Iterable
from pathlib import Path

from vitals.errors import ConfigurationError

__all__ = ["write_new"]

_OWNER_ONLY = 0o600


def write_new(file: Path, pieces: Iterable[bytes]) -> None:
    """Write a new file.

    Raises
    ------
    ConfigurationError
        If it is there already, or cannot be made.
    """
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be made ({error.strerror}): name a new file") from error
    try:
        with os.fdopen(handle, "wb") as target:
            target.writelines(pieces)
    except BaseException:
        file.unlink(missing_ok=True)
        raise
