"""Vouch for a model: its manifest is signed with the private key that CAREWIRE_MODEL_KEY names."""

import os
from pathlib import Path
from typing import Final

from vitals.durable import put_new
from vitals.errors import ConfigurationError
from vitals.manifest import signature_path
from vitals.signature import new_key, public_key, sign

__all__ = ["KEY_VARIABLE", "make_key", "sign_manifest"]

KEY_VARIABLE: Final = "CAREWIRE_MODEL_KEY"


def make_key(path: Path) -> str:
    """Write a new private key that only its owner may read; return the public key for ``model_keys``.

    Raises
    ------
    ConfigurationError
        Something lies there already: a key is never overwritten.
    """
    pem = new_key()
    try:
        put_new(path, pem)
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be written ({error}): name a file that is not there yet"
        ) from error
    return public_key(pem)


def sign_manifest(manifest_path: Path, key_path: Path | None = None) -> Path | None:
    """Sign a manifest as it lies; return its signature's path, ``None`` where no key is named.

    A signature of an earlier manifest is removed: it would vouch for nothing.

    Raises
    ------
    ConfigurationError
        The key or the manifest cannot be read.
    """
    named = os.environ.get(KEY_VARIABLE)
    key_path = key_path or (Path(named) if named else None)
    path = signature_path(manifest_path)
    if key_path is None:
        path.unlink(missing_ok=True)
        return None
    try:
        signature = sign(manifest_path.read_bytes(), key_path.read_bytes())
    except OSError as error:
        raise ConfigurationError(f"{error.filename} cannot be read: check {KEY_VARIABLE}") from error
    path.write_text(signature, encoding="ascii")
    return path
