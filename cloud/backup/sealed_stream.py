"""An archive sealed as it is written and opened as it is read, a chunk at a time.

The construction is STREAM (Hoang, Reyhanitabar, Rogaway and Vizár, 2015) over AES-256-GCM, laid out as Tink's
AES-GCM-HKDF-STREAMING: a key of its own for every stream, by HKDF-SHA-256 over the archive's key and a random
salt; a nonce of a random prefix, the chunk's number and whether it is the last. The head is bound to every
chunk. So nothing can be altered, left out, moved, or taken from another archive, and an archive that was cut
off ends without a last chunk.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cloud.backup.errors import BackupError, DamagedBackupError
from cloud.sealing.sealed import KEY_BYTES, DataKey

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

__all__ = ["KeyOf", "SealingWriter", "is_sealed", "opened"]

KeyOf = Callable[[str], DataKey]
"""Finds the key of an archive by its id, or raises BackupError."""

_MAGIC: Final = b"carewire backup, sealed "
_FORMAT: Final = b"1\n"
_KEY_ID_BYTES: Final = 8
_SALT_BYTES: Final = 32
_PREFIX_BYTES: Final = 7
_NUMBER_BYTES: Final = 4
_TAG_BYTES: Final = 16
_CHUNK_BYTES: Final = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    """What stands before the first chunk, readable: which key, and what is random of this stream."""

    key_id: str
    salt: bytes
    prefix: bytes

    def encoded(self) -> bytes:
        return _MAGIC + _FORMAT + bytes.fromhex(self.key_id) + self.salt + self.prefix


class _Chunks:
    """The cipher of one stream, which knows the number of the chunk that comes next."""

    def __init__(self, head: _Head, key: DataKey) -> None:
        self._bound_to = head.encoded()
        derive = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=head.salt, info=self._bound_to)
        self._cipher = AESGCM(derive.derive(key.secret))
        self._prefix = head.prefix
        self._number = 0

    def seal(self, plain: bytes, *, is_last: bool) -> bytes:
        sealed = self._cipher.encrypt(self._nonce(is_last=is_last), plain, self._bound_to)
        self._number += 1
        return sealed

    def opened(self, sealed: bytes, *, is_last: bool) -> bytes:
        plain = self._cipher.decrypt(self._nonce(is_last=is_last), sealed, self._bound_to)
        self._number += 1
        return plain

    def _nonce(self, *, is_last: bool) -> bytes:
        return self._prefix + self._number.to_bytes(_NUMBER_BYTES, "big") + bytes([is_last])


class SealingWriter:
    """Seals what is written to it into a file; without `finish` it reads as one that was cut off."""

    def __init__(self, to: IO[bytes], key: DataKey, randomness: Callable[[int], bytes]) -> None:
        """Write the head."""
        head = _Head(key_id=key.id, salt=randomness(_SALT_BYTES), prefix=randomness(_PREFIX_BYTES))
        self._to = to
        self._chunks = _Chunks(head, key)
        self._waiting = bytearray()
        to.write(head.encoded())

    def write(self, data: "ReadableBuffer") -> int:
        """Take bytes; whole chunks go on, what is left waits."""
        view = memoryview(data)
        self._waiting += view
        while len(self._waiting) > _CHUNK_BYTES:  # a full one waits, too: it may be the last
            self._put(bytes(self._waiting[:_CHUNK_BYTES]), is_last=False)
            del self._waiting[:_CHUNK_BYTES]
        return len(view)

    def flush(self) -> None:
        """Do nothing: chunks are whole."""

    def finish(self) -> None:
        """Write the last chunk."""
        self._put(bytes(self._waiting), is_last=True)

    def _put(self, plain: bytes, *, is_last: bool) -> None:
        self._to.write(self._chunks.seal(plain, is_last=is_last))


class _OpenedChunks(io.RawIOBase):
    """What was sealed, chunk by chunk, none of it before its chunk is known to be what was written."""

    def __init__(self, source: IO[bytes], head: _Head, key: DataKey) -> None:
        super().__init__()
        self._source = source
        self._chunks = _Chunks(head, key)
        self._ahead = source.read(_CHUNK_BYTES + _TAG_BYTES)
        self._plain = memoryview(b"")
        self._is_over = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        if not self._plain and not self._is_over:
            self._plain = memoryview(self._next())
        view = memoryview(buffer).cast("B")
        count = min(len(view), len(self._plain))
        view[:count] = self._plain[:count]
        self._plain = self._plain[count:]
        return count

    def _next(self) -> bytes:
        sealed, self._ahead = self._ahead, self._source.read(_CHUNK_BYTES + _TAG_BYTES)
        self._is_over = not self._ahead
        try:
            return self._chunks.opened(sealed, is_last=self._is_over)
        except InvalidTag:
            raise DamagedBackupError(self._why(sealed)) from None

    def _why(self, sealed: bytes) -> str:
        """Tell an end that was cut off at a chunk's end from a chunk that is not what was written."""
        try:
            if self._is_over:
                self._chunks.opened(sealed, is_last=False)
                return "it was cut off"
        except InvalidTag:
            pass
        return "it was altered or cut off, or the keyring holds another archive's key under this one's name"


def is_sealed(source: IO[bytes]) -> bool:
    """Tell whether a file is sealed, from its beginning, and go back to that."""
    found = source.read(len(_MAGIC))
    source.seek(0)
    return found == _MAGIC


def opened(source: IO[bytes], key_of: KeyOf) -> io.BufferedReader:
    """Return what a sealed file holds, to be read once.

    Raises
    ------
    DamagedBackupError
        Here or where it is read, if it was altered, cut off, or put together of others.
    BackupError
        If its key is not there, or a newer program sealed it.
    """
    head = _read_head(source)
    return io.BufferedReader(_OpenedChunks(source, head, key_of(head.key_id)), _CHUNK_BYTES)


def _read_head(source: IO[bytes]) -> _Head:
    magic, form = source.read(len(_MAGIC)), source.read(len(_FORMAT))
    key_id, salt, prefix = (source.read(size) for size in (_KEY_ID_BYTES, _SALT_BYTES, _PREFIX_BYTES))
    if magic != _MAGIC or len(prefix) != _PREFIX_BYTES:
        raise DamagedBackupError("it was cut off")
    if form != _FORMAT:
        raise BackupError("it was sealed by a newer version of this program: update this one")
    return _Head(key_id=key_id.hex(), salt=salt, prefix=prefix)
