"""The key that signs heads: a file for this service alone, outside the database whose past it vouches for."""

import stat
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from vitals.durable import put_new
from vitals.errors import ConfigurationError, StorageError

__all__ = ["KEY_FILE", "make_key", "public_text", "read_private_key"]

KEY_FILE: Final = "ledger-key.pem"
"""Its name in `data_dir`, unless the settings name another place."""


def make_key(path: Path) -> Ed25519PrivateKey:
    """Make a key where there is none, readable by its owner alone: whole on the disk, or not there.

    Raises
    ------
    ConfigurationError
        If there is a file already: no key is ever overwritten.
    StorageError
        If it cannot be written.
    """
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        put_new(path, pem)
    except FileExistsError:
        raise ConfigurationError(
            f"{path} is there already: name another file, or move it away first"
        ) from None
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written ({error}): let the service's user write there"
        ) from error
    return key


def read_private_key(path: Path) -> Ed25519PrivateKey | None:
    """Return the key; None if there is no file.

    Raises
    ------
    ConfigurationError
        If others may read it, or it is no Ed25519 key.
    """
    try:
        pem = path.read_bytes()
        mode = path.stat().st_mode
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read ({error}): let the service's user read it"
        ) from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigurationError(f"{path} may be read by others: chmod 600 it, or make another key")
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigurationError(f"{path} is no Ed25519 key in PEM: make one with `carewire ledger keygen`")
    return key


def public_text(key: Ed25519PrivateKey) -> str:
    """Return the public half in hexadecimal: what witnesses and whoever verifies are given."""
    return key.public_key().public_bytes_raw().hex()
