"""A head in a file of its own: the newest that a witness verified, or a ledger's keeper signed."""

import os
from dataclasses import dataclass
from pathlib import Path

from vitals.errors import LedgerError, StorageError
from vitals.ledger.heads import TreeHead, decode_head, encode_head

__all__ = ["HeadFile"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadFile:
    """Replaced whole, and on the disk when `write` returns: it may be copied elsewhere, and mailed."""

    path: Path

    def read(self) -> TreeHead | None:
        """Return the head; None if there is no file.

        Raises
        ------
        StorageError
            If there is one and it holds no head: what was witnessed is not to be forgotten by accident.
        """
        try:
            return decode_head(self.path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, LedgerError) as error:
            raise StorageError(
                f"{self.path}: the head kept there cannot be read ({error}): bring it back from a copy; "
                "only if there is none, remove the file, and what came before is witnessed no more"
            ) from error

    def write(self, head: TreeHead) -> None:
        """Replace it.

        Raises
        ------
        StorageError
            If the disk refuses: the one before is there still.
        """
        fresh = self.path.with_name(f"{self.path.name}.new")
        try:
            with fresh.open("wb") as file:
                file.write(encode_head(head) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self.path)
            _sync(self.path.parent)
        except OSError as error:
            raise StorageError(
                f"{self.path} cannot be written ({error}): make room, or let us write there"
            ) from error


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
