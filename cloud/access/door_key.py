"""The secret behind the door: by it names, codes and devices are hashed, sealed or signed.

It lies in a file outside the database, so that whoever has the database alone can try nothing out.
"""

import hmac
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cloud.access.tokens import Randomness
from vitals.durable import put_new
from vitals.errors import ConfigurationError, DamagedError

__all__ = ["DoorKey", "door_key_at", "read_door_key"]

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_OTHERS: Final = 0o077


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorKey:
    """One secret, and from it one for each purpose: what is made for one is worth nothing for another."""

    secret: bytes = field(repr=False)

    def digest(self, purpose: str, *parts: bytes) -> bytes:
        """Return 32 bytes that only the holder of the key can make of `parts` (HMAC-SHA-256)."""
        framed = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        return hmac.digest(self._for(purpose), framed, "sha256")

    def is_digest(self, given: bytes, purpose: str, *parts: bytes) -> bool:
        """Tell in constant time whether `given` was made of `parts`."""
        return hmac.compare_digest(given, self.digest(purpose, *parts))

    def seal(self, plain: bytes, purpose: str, bound_to: str, randomness: Randomness) -> bytes:
        """Return `plain` unreadable (AES-256-GCM); it opens for the same purpose and owner only."""
        nonce = randomness(_NONCE_BYTES)
        return nonce + AESGCM(self._for(purpose)).encrypt(nonce, plain, bound_to.encode())

    def opened(self, sealed: bytes, purpose: str, bound_to: str) -> bytes:
        """Return what was sealed.

        Raises
        ------
        DamagedError
            If it was sealed by another key or for somebody else, or altered.
        """
        nonce, body = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return AESGCM(self._for(purpose)).decrypt(nonce, body, bound_to.encode())
        except (InvalidTag, ValueError):
            raise DamagedError(
                "what is kept of a second factor does not open with the door key: put the key file back that "
                "it was sealed with, or reset the account with `carewire cloud user reset`"
            ) from None

    def _for(self, purpose: str) -> bytes:
        return hmac.digest(self.secret, b"carewire door 1 " + purpose.encode(), "sha256")


def door_key_at(file: Path, randomness: Randomness) -> DoorKey:
    """Return the key a file holds, made now if there is none: of two that make it at once, one does.

    Raises
    ------
    ConfigurationError
        If it cannot be read or written, is none, or others may read it.
    """
    try:
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError):
                put_new(file, randomness(_KEY_BYTES).hex().encode("ascii"))
    except OSError as error:
        raise ConfigurationError(f"{file}: {error.strerror}: correct sign_in.key_file") from error
    return read_door_key(file)


def read_door_key(file: Path) -> DoorKey:
    """Return the key a file holds.

    Raises
    ------
    ConfigurationError
        If it cannot be read, is none, or others may read it.
    """
    try:
        if file.stat().st_mode & _OTHERS:
            raise ConfigurationError(f"{file} may be read by others: chmod 600 it")
        secret = bytes.fromhex(file.read_text("ascii"))
    except OSError as error:
        raise ConfigurationError(f"{file}: {error.strerror}: correct sign_in.key_file") from error
    except ValueError:
        secret = b""
    if len(secret) != _KEY_BYTES:
        raise ConfigurationError(f"{file} is no door key: put the one back that accounts were made with")
    return DoorKey(secret=secret)
