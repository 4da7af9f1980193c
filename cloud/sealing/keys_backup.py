"""What no backup of the databases holds and nobody can make anew, in one file for a drawer.

It holds keys, and who was erased, and is plain: whoever holds it and a backup reads everything. Restoring
puts back what is not there, and nothing over what is.
"""

import base64
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from cloud.sealing.erased import NAME as ERASED_LIST
from cloud.sealing.key_place import MASTER, KeyPlace
from vitals.durable import put_new
from vitals.errors import StorageError

__all__ = ["BESIDE_THE_DATA", "back_up", "restore"]

BESIDE_THE_DATA: Final[tuple[str, ...]] = ("door.key", "ledger-key.pem", "web-push.pem")
"""Keys in `data_dir` that backups leave out, too."""
_VERSION: Final = 1


class _Kept(Struct, frozen=True, kw_only=True):
    v: int = _VERSION
    keys: dict[str, str]
    data: dict[str, str]


def back_up(target: Path, place: KeyPlace, data_dir: Path) -> list[str]:
    """Write the file, which its owner alone may read; return what is in it.

    Raises
    ------
    StorageError
        If the file is there already, or cannot be written.
    """
    kept = _Kept(keys=_encoded(place.folder, (MASTER, ERASED_LIST)), data=_encoded(data_dir, BESIDE_THE_DATA))
    try:
        put_new(target, msgspec.json.format(msgspec.json.encode(kept), indent=1))
    except OSError as error:
        raise StorageError(f"{target} cannot be written ({error.strerror}): name a new file") from error
    return [*kept.keys, *kept.data]


def restore(source: Path, place: KeyPlace, data_dir: Path) -> list[str]:
    """Put back those files that are not there; return which.

    Raises
    ------
    StorageError
        If the file cannot be read, or a folder refuses.
    """
    try:
        kept = msgspec.json.decode(source.read_bytes(), type=_Kept)
        back = [*_put(place.folder, kept.keys), *_put(data_dir, kept.data)]
    except (OSError, ValueError) as error:
        raise StorageError(f"{source} cannot be used ({error}): name what `keys backup` wrote") from error
    return back


def _encoded(folder: Path, names: Iterable[str]) -> dict[str, str]:
    there = (folder / name for name in names)
    return {path.name: base64.b64encode(path.read_bytes()).decode() for path in there if path.exists()}


def _put(folder: Path, files: dict[str, str]) -> Iterable[str]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, content in files.items():
        if name not in {MASTER, ERASED_LIST, *BESIDE_THE_DATA}:
            raise ValueError(f"it holds {name}, which is no key")
        if not (folder / name).exists():
            put_new(folder / name, base64.b64decode(content, validate=True))
            yield name
