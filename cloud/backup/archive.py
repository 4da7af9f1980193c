"""One file that is a whole backup or is not there: tar, deflated, sealed, the manifest first.

It is written beside its name, handed to the disk, and only then given its name. Reading believes nothing:
each file must have the length and digest that the manifest says. Archives of before are not sealed, and are
read all the same.
"""

import gzip
import hashlib
import io
import os
import secrets
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from cloud.backup.errors import BackupError, DamagedBackupError
from cloud.backup.manifest import FileNote, Manifest, decode_manifest, encode_manifest
from cloud.backup.sealed_stream import KeyOf, SealingWriter
from cloud.backup.sealed_stream import is_sealed as looks_sealed
from cloud.backup.sealed_stream import opened as opened_stream
from cloud.sealing.sealed import DataKey
from cloud.storage.sqlite_file import translated
from vitals.durable import sync_folder

__all__ = ["PARTIAL", "extract", "is_sealed", "note_of", "read_manifest", "verify", "write"]

PARTIAL: Final = ".partial"
"""What ends the name of an archive that is being written."""
_MANIFEST: Final = "manifest.json"
_CHUNK_BYTES: Final = 1 << 20
_DEFLATE_LEVEL: Final = 1  # stored series are compressed already: more effort gains little
_LONGEST_MANIFEST_BYTES: Final = 256 << 20
_OWNER_ONLY: Final = 0o600

_Chunks = Iterator[bytes]
_Take = Callable[[FileNote, _Chunks], None]


def note_of(name: str, path: Path) -> FileNote:
    """Measure a file that will go into an archive."""
    digest, length = hashlib.sha256(), 0
    with path.open("rb") as file:
        for chunk in _chunks(file):
            digest.update(chunk)
            length += len(chunk)
    return FileNote(name=name, bytes=length, sha256=digest.hexdigest())


def write(path: Path, manifest: Manifest, files: Mapping[str, Path], key: DataKey | None) -> None:
    """Write the archive at `path`, sealed by `key`: all of it is on the disk under that name, or nothing is.

    Without a key it is not sealed: a database of before its people had keys gives none.

    Raises
    ------
    BackupError
        If the disk refuses.
    """
    partial = path.with_name(path.name + PARTIAL)
    try:
        partial.touch(mode=_OWNER_ONLY)
        with partial.open("wb") as raw:
            if key is None:
                _pack(raw, manifest, files)
            else:
                sealing = SealingWriter(raw, key, secrets.token_bytes)
                _pack(sealing, manifest, files)
                sealing.finish()
            raw.flush()
            os.fsync(raw.fileno())
        partial.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise BackupError(
            f"{path} cannot be written ({error.strerror}): free some space there, or name another folder; "
            "no backup was taken"
        ) from error


def is_sealed(path: Path) -> bool:
    """Tell whether an archive is sealed: those of before are not.

    Raises
    ------
    BackupError
        If it cannot be opened.
    """
    with _named(path), path.open("rb") as raw:
        return looks_sealed(raw)


def read_manifest(path: Path, key_of: KeyOf) -> Manifest:
    """Read what an archive says of itself, without looking whether it is true."""
    with _opened(path, key_of) as (tar, _):
        return _first(tar)


def verify(path: Path, key_of: KeyOf) -> Manifest:
    """Read the whole archive and return its manifest if every file is what that says.

    Raises
    ------
    DamagedBackupError
        If it is torn or altered anywhere.
    BackupError
        If it cannot be opened, its key is not there, or a newer program wrote it.
    """
    return _walk(path, key_of, lambda _note, chunks: _exhaust(chunks))


def extract(path: Path, key_of: KeyOf, targets: Mapping[str, Path]) -> None:
    """Write those files of an archive that `targets` names to where it says, and nothing else.

    Raises
    ------
    DamagedBackupError
        If a file is not what the manifest says.
    """

    def take(note: FileNote, chunks: _Chunks) -> None:
        target = targets.get(note.name)
        if target is None:
            _exhaust(chunks)
        else:
            _write_file(target, chunks)

    _walk(path, key_of, take)


def _pack(to: IO[bytes] | SealingWriter, manifest: Manifest, files: Mapping[str, Path]) -> None:
    with (
        gzip.GzipFile(filename="", fileobj=to, mode="wb", compresslevel=_DEFLATE_LEVEL) as deflated,
        tarfile.open(fileobj=deflated, mode="w|", format=tarfile.PAX_FORMAT) as tar,
    ):
        _add(tar, _MANIFEST, io.BytesIO(encoded := encode_manifest(manifest)), len(encoded))
        for note in manifest.files:
            with files[note.name].open("rb") as file:
                _add(tar, note.name, file, note.bytes)


def _walk(path: Path, key_of: KeyOf, take: _Take) -> Manifest:
    with _opened(path, key_of) as (tar, inflated):
        manifest = _first(tar)
        for note in manifest.files:
            member = tar.next()
            if member is None or member.name != note.name or member.size != note.bytes:
                raise DamagedBackupError(f"{note.name} is not where it should be")
            take(note, _judged(note, tar.extractfile(member)))
        if tar.next() is not None:
            raise DamagedBackupError("it holds more than its manifest says")
        _exhaust(_chunks(inflated))  # its own checksum comes last
    return manifest


def _first(tar: tarfile.TarFile) -> Manifest:
    member = tar.next()
    content = tar.extractfile(member) if member and member.name == _MANIFEST else None
    if member is None or content is None or member.size > _LONGEST_MANIFEST_BYTES:
        raise DamagedBackupError("it does not begin with a manifest")
    return decode_manifest(content.read())


def _judged(note: FileNote, content: IO[bytes] | None) -> _Chunks:
    if content is None:
        raise DamagedBackupError(f"{note.name} is no file")
    digest = hashlib.sha256()
    for chunk in _chunks(content):
        digest.update(chunk)
        yield chunk
    if digest.hexdigest() != note.sha256:
        raise DamagedBackupError(f"{note.name} is not what was written")


@contextmanager
def _opened(path: Path, key_of: KeyOf) -> Iterator[tuple[tarfile.TarFile, gzip.GzipFile]]:
    with _named(path), path.open("rb") as raw:
        plain = opened_stream(raw, key_of) if looks_sealed(raw) else raw
        with gzip.open(plain) as inflated, tarfile.open(fileobj=inflated, mode="r|") as tar:
            yield tar, inflated


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Say of which file an error is, and what to do."""
    try:
        yield
    except DamagedBackupError as error:
        raise DamagedBackupError(f"{path} is damaged: {error}; use another backup") from error
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DamagedBackupError(f"{path} is damaged or no backup ({error}); use another backup") from error
    except OSError as error:
        raise BackupError(
            f"{path} cannot be read ({error.strerror or error}); name a backup's file"
        ) from error


def _write_file(target: Path, chunks: _Chunks) -> None:
    with translated(target):
        target.unlink(missing_ok=True)
        target.touch(mode=_OWNER_ONLY)
    for chunk in chunks:  # what its source says is not said of the target
        with translated(target), target.open("ab") as file:
            file.write(chunk)


def _add(tar: tarfile.TarFile, name: str, content: IO[bytes], length: int) -> None:
    member = tarfile.TarInfo(name)
    member.size = length
    member.mode = _OWNER_ONLY
    tar.addfile(member, content)


def _chunks(file: IO[bytes] | gzip.GzipFile) -> _Chunks:
    return iter(lambda: file.read(_CHUNK_BYTES), b"")


def _exhaust(chunks: _Chunks) -> None:
    for _ in chunks:
        pass
