"""The operator's signing key: a file that only its owner may read, locked by a passphrase if one is given."""

import os
import stat
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from vitals.errors import ConfigurationError

__all__ = ["LOCK_VARIABLE", "load_key", "make_key", "public_half"]

LOCK_VARIABLE: Final = "CAREWIRE_RELEASE_PASSPHRASE"
_PRIVATE: Final = 0o600
_OTHERS: Final = 0o077


def make_key(path: Path, passphrase: str | None) -> str:
    """Write a new private key; return its public half, as `release_keys` has it.

    Raises
    ------
    ConfigurationError
        Something lies there already: a key is never overwritten.
    """
    key = Ed25519PrivateKey.generate()
    locked: serialization.KeySerializationEncryption = (
        serialization.BestAvailableEncryption(passphrase.encode())
        if passphrase
        else serialization.NoEncryption()
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE), "wb") as stream:
            stream.write(pem)
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be written ({error}): name a file that is not there yet"
        ) from error
    return public_half(key)


def load_key(path: Path) -> Ed25519PrivateKey:
    """Read a private key; a passphrase is taken from the environment.

    Raises
    ------
    ConfigurationError
        Others may read the file, it holds no such key, or the passphrase is missing or wrong.
    """
    try:
        mode, pem = path.stat().st_mode, path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read ({error}): make a key with `carewire cloud release-key make`"
        ) from error
    if stat.S_IMODE(mode) & _OTHERS:
        raise ConfigurationError(f"{path} may be read by others: chmod 600 {path}, and think of a new key")
    passphrase = os.environ.get(LOCK_VARIABLE)
    try:
        key = serialization.load_pem_private_key(pem, password=_password(pem, passphrase))
    except (ValueError, TypeError) as error:
        raise ConfigurationError(
            f"{path} cannot be used ({error}): if it is locked, give its passphrase in {LOCK_VARIABLE}"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigurationError(f"{path} is no Ed25519 key: make one with `carewire cloud release-key make`")
    return key


def public_half(key: Ed25519PrivateKey) -> str:
    """Return a key's public half in hexadecimal."""
    return key.public_key().public_bytes_raw().hex()


def _password(pem: bytes, passphrase: str | None) -> bytes | None:
    """Return the passphrase, for a key that is locked: one that is not takes none."""
    is_locked = b"ENCRYPTED" in pem
    return passphrase.encode() if passphrase and is_locked else None
