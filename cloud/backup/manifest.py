"""What a backup says of itself: which moment it is of, what is in it, and whose records it holds."""

from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec import Struct

from cloud.backup.errors import BackupError, DamagedBackupError
from cloud.storage.journal.ranges import Range, size

__all__ = [
    "EpochRanges",
    "FileNote",
    "Manifest",
    "count_of",
    "decode_manifest",
    "encode_manifest",
]

_VERSION: Final = 1


class FileNote(Struct, frozen=True, kw_only=True):
    """A file in the archive, as long and of such a SHA-256 (hexadecimal)."""

    name: str
    bytes: int
    sha256: str


class EpochRanges(Struct, frozen=True, kw_only=True):
    """Records of an epoch, by ranges of their numbers, ends included."""

    gateway: str
    epoch: str
    ranges: tuple[Range, ...]


class Manifest(Struct, frozen=True, kw_only=True):
    """The first file of an archive.

    What was committed by `instant_ms` is in it, whole, and nothing later. `taken` is every record that is
    stored, set aside or discarded; `rows` counts those of each relational table. Without `holds_points`
    points lie in InfluxDB. `damaged_hours` tell series and hour of what was unreadable already.
    """

    v: int = _VERSION
    program: str
    instant_ms: int
    holds_points: bool
    series_version: int
    relational_revision: str
    rows: dict[str, int]
    taken: tuple[EpochRanges, ...]
    damaged_hours: tuple[tuple[int, int], ...] = ()
    files: tuple[FileNote, ...]


class _Header(Struct, frozen=True):
    v: int


def count_of(records: Iterable[EpochRanges]) -> int:
    """Count records."""
    return sum(size(one.ranges) for one in records)


def encode_manifest(manifest: Manifest) -> bytes:
    """Encode it as JSON that a person can read too."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"


def decode_manifest(encoded: bytes) -> Manifest:
    """Decode it.

    Raises
    ------
    BackupError
        If a newer program wrote it.
    DamagedBackupError
        If it cannot be read.
    """
    try:
        version = msgspec.json.decode(encoded, type=_Header).v
        if version > _VERSION:
            raise BackupError(f"the backup is of format {version}, this program reads {_VERSION}: update it")
        return msgspec.json.decode(encoded, type=Manifest)
    except msgspec.MsgspecError as error:
        raise DamagedBackupError(f"its manifest cannot be read ({error}): use another backup") from error
