"""Who was erased, kept beside the master key and outside of all databases.

So restoring an older backup of one brings nobody back. Of each a digest alone, so that the list names nobody;
only somebody who comes back is known again by it.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from vitals.errors import StorageError

__all__ = ["NAME", "ErasedList", "digest_of"]

NAME: Final = "erased.txt"
_OWNER_ONLY: Final = 0o600
_HEADING: Final = (
    "# Digests of pseudonyms of patients who were erased: keep this file (docs/data-protection.md).\n"
)


def digest_of(patient_id: str) -> str:
    """Return what is kept of the pseudonym of somebody who was erased."""
    return hashlib.sha256(b"carewire erased" + patient_id.encode()).hexdigest()


class ErasedList:
    """The file; any number of processes may add to it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME

    def add(self, patient_id: str) -> None:
        """Have it known for good that a patient was erased.

        Raises
        ------
        StorageError
            If it cannot be written: then nobody may be erased.
        """
        with self._translated():
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._path.touch(mode=_OWNER_ONLY)
            with self._path.open("r+") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                content = file.read()
                if digest_of(patient_id) not in content.split():
                    file.write(("" if content else _HEADING) + f"{digest_of(patient_id)}\n")
                    file.flush()
                    os.fsync(file.fileno())

    def among(self, patient_ids: Iterable[str]) -> list[str]:
        """Return those of these patients who were erased.

        Raises
        ------
        StorageError
            If the list cannot be read.
        """
        with self._translated():
            erased = frozenset(self._path.read_text().split()) if self._path.exists() else frozenset()
        return [one for one in patient_ids if digest_of(one) in erased]

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StorageError(
                f"{self._path} refuses ({error.strerror}): let the service write it, nobody is erased before"
            ) from error
