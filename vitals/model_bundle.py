"""A model's files in one: nothing is compressed, so nothing can swell; names lead nowhere but into it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from vitals.errors import ModelRejectedError
from vitals.manifest import MANIFEST_FILE, ModelManifest, load_verified, signature_path
from vitals.release import MAX_MODEL_BYTES

__all__ = ["bundle_of", "files_of"]

_MOST_FILES: Final = 16
_LONGEST_NAME: Final = 100
_decode: Final = msgspec.msgpack.Decoder(dict[str, bytes]).decode


def bundle_of(folder: Path) -> tuple[ModelManifest, bytes]:
    """Return the manifest of the signed model in a folder, and all that its manifest vouches for in one.

    Raises
    ------
    ModelRejectedError
        A file is missing or altered, or all are larger together than a gateway takes.
    """
    path = folder / MANIFEST_FILE
    manifest, _ = load_verified(path, trusted=None)
    files = [
        path,
        signature_path(path),
        *(folder / each for each in (manifest.artefact, *manifest.companions)),
    ]
    try:
        content = {file.name: file.read_bytes() for file in files}
    except OSError as error:
        raise ModelRejectedError(
            f"{error.filename} cannot be read: sign the model, or export it again"
        ) from error
    bundle = msgspec.msgpack.encode(dict(sorted(content.items())))
    if len(bundle) > MAX_MODEL_BYTES:
        raise ModelRejectedError(f"{folder} holds {len(bundle)} bytes: {MAX_MODEL_BYTES} at most")
    return manifest, bundle


def files_of(bundle: bytes) -> Mapping[str, bytes]:
    """Return the files of a bundle by name.

    Raises
    ------
    ModelRejectedError
        It is none, too large, or names a file that would lie elsewhere.
    """
    if len(bundle) > MAX_MODEL_BYTES:
        raise ModelRejectedError(f"a bundle of {len(bundle)} bytes: {MAX_MODEL_BYTES} at most")
    try:
        files = _decode(bundle)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise ModelRejectedError(
            f"this is no bundle of a model ({error}): make it with `carewire`"
        ) from error
    if len(files) > _MOST_FILES or MANIFEST_FILE not in files:
        raise ModelRejectedError("the bundle lacks a manifest or has too many files: make it with `carewire`")
    for name in files:
        if not _is_plain(name):
            raise ModelRejectedError(
                f"the bundle holds {name!r}, which is no plain file name: do not trust it"
            )
    return files


def _is_plain(name: str) -> bool:
    return (
        Path(name).name == name
        and name not in {"", ".", ".."}
        and "\0" not in name
        and len(name) <= _LONGEST_NAME
    )
