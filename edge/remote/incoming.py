"""A model on its way here: the parts of one bundle, in any order, over restarts, no more than was signed.

One folder holds one bundle at a time: the newest that was asked for. A part is there whole or not at all.
"""

import hashlib
from base64 import b64decode
from pathlib import Path

from edge.remote.durably import discard, write_file
from vitals.errors import StorageError
from vitals.release import ModelContent, Refusal, ReleaseRefusedError
from vitals.wire.command import PART_BYTES, ModelPart

__all__ = ["Incoming"]

_SIZE = "size"


class Incoming:
    """Takes parts; safe to use from one thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def expect(self, content: ModelContent) -> None:
        """Make room for a bundle; what came of any other goes, what came of this one stays.

        Raises
        ------
        StorageError
            The disk refuses.
        """
        for other in self._others(content.sha256):
            discard(other)
        write_file(self._folder / content.sha256 / _SIZE, str(content.size).encode())

    def take(self, part: ModelPart) -> None:
        """Keep a part; one that is there already is kept no less.

        Raises
        ------
        ReleaseRefusedError
            Nobody expects it, or it is no part of what is expected.
        StorageError
            The disk refuses.
        """
        size = self._size(part.sha256)
        data = _decoded(part.data)
        if part.offset % PART_BYTES or len(data) != _length(size, part.offset):
            raise ReleaseRefusedError(
                Refusal.INCOMPLETE, f"{len(data)} bytes at {part.offset} are no part of a bundle of {size}"
            )
        write_file(self._folder / part.sha256 / f"{part.offset}.part", data)

    def bundle(self, content: ModelContent) -> bytes:
        """Return the whole bundle, which is what was signed.

        Raises
        ------
        ReleaseRefusedError
            Parts are missing, or together they are something else: then all of them go.
        StorageError
            The disk refuses.
        """
        place = self._folder / content.sha256
        try:
            whole = b"".join(
                (place / f"{offset}.part").read_bytes() for offset in range(0, content.size, PART_BYTES)
            )
        except FileNotFoundError as error:
            raise ReleaseRefusedError(
                Refusal.INCOMPLETE, "parts of the model have not come: fetch it again"
            ) from error
        except OSError as error:
            raise StorageError(f"{place} cannot be read ({error}): check the gateway's disk") from error
        if len(whole) != content.size or hashlib.sha256(whole).hexdigest() != content.sha256:
            self.clear()
            raise ReleaseRefusedError(
                Refusal.WRONG_HASH, "the model that came is not the one that was signed: fetch it again"
            )
        return whole

    def clear(self) -> None:
        """Let go of whatever came."""
        for place in self._others(""):
            discard(place)

    def _others(self, sha256: str) -> list[Path]:
        return [place for place in self._folder.glob("*") if place.name != sha256]

    def _size(self, sha256: str) -> int:
        try:
            return int((self._folder / sha256 / _SIZE).read_text())
        except (OSError, ValueError) as error:
            raise ReleaseRefusedError(
                Refusal.INCOMPLETE, "nobody here expects this model: ask to fetch it first"
            ) from error


def _length(size: int, offset: int) -> int:
    """Return how long the part at an offset is; 0 beyond the end, which no part is."""
    return max(0, min(PART_BYTES, size - offset)) or -1


def _decoded(data: str) -> bytes:
    try:
        return b64decode(data, validate=True)
    except ValueError as error:
        raise ReleaseRefusedError(Refusal.UNREADABLE, f"its data are no Base64 ({error})") from error
