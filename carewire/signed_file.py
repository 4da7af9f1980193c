"""A signed release in a file, with a model's bundle where it is of one: what an operator hands on."""

import os
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from vitals.errors import ConfigurationError
from vitals.release import SignedRelease

__all__ = ["SignedFile", "read_signed", "write_signed"]

_LARGEST: Final = 16 << 20


class SignedFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the file holds; bytes are in Base64."""

    release: SignedRelease
    bundle: bytes | None = None


def write_signed(path: Path, content: SignedFile) -> None:
    """Write it where nothing is yet.

    Raises
    ------
    ConfigurationError
        Something is there, or it cannot be written.
    """
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "wb") as stream:
            stream.write(msgspec.json.encode(content))
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be written ({error}): name a file that is not there yet"
        ) from error


def read_signed(path: Path) -> SignedFile:
    """Read it; whether the signature is good is for the desk and the gateways to say.

    Raises
    ------
    ConfigurationError
        It is none.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise ConfigurationError(f"{path} is larger than any release: name what `rollout sign` wrote")
        return msgspec.json.decode(path.read_bytes(), type=SignedFile)
    except (OSError, msgspec.MsgspecError) as error:
        raise ConfigurationError(
            f"{path} is no signed release ({error}): name what `carewire cloud rollout sign` wrote"
        ) from error
