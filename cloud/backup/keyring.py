"""The keys of patients, persons and archives, wrapped by the master key: one file beside the backups.

No archive holds a key, so that whose key is destroyed is erased from all of them, and an archive alone opens
for nobody. This file stands in place of itself with every backup and every erasure; a copy of it that is
older opens what was erased since, until the master key is renewed. Where it opens newer backups than a
database knows of, that one is older or another's, and puts none in its place: nothing else opens those.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Row, select

from cloud.backup.errors import BackupError
from cloud.sealing.sealed import is_sealed, key_id_of
from cloud.storage.relational.database import Database, insert_new
from cloud.storage.relational.tables import data_key, patient
from vitals.durable import put

__all__ = [
    "ARCHIVE_OWNER",
    "NAME",
    "Keyring",
    "WrappedKey",
    "of",
    "put_back",
    "read",
    "renew",
    "without_key",
]

NAME: Final = "carewire-keyring.json"
ARCHIVE_OWNER: Final = "archive/"
"""What the owner of an archive's key begins with."""
_VERSION: Final = 1


class WrappedKey(Struct, frozen=True, kw_only=True):
    """A key of somebody, or of an archive, as the database has it."""

    id: str
    owner: str
    master_id: str
    wrapped: bytes
    made_ms: int


class Keyring(Struct, frozen=True, kw_only=True):
    """Every key there was."""

    v: int = _VERSION
    keys: tuple[WrappedKey, ...]


def of(database: Database) -> Keyring | None:
    """Return the keys a database has; None where it is of before there were any."""
    with database.read() as connection:
        if not connection.dialect.has_table(connection, data_key.name):
            return None
        rows = connection.execute(select(data_key).order_by(data_key.c.id)).all()
    return Keyring(keys=tuple(map(_key, rows)))


def renew(database: Database, folder: Path) -> None:
    """Write the keys there are now into a folder of backups, in place of those that were there.

    Raises
    ------
    BackupError
        If the folder refuses, or the keys there open newer backups than this database knows of.
    StorageError
        If the database does.
    """
    newest, written = _newest_archives(folder / NAME), None  # read first: the database had that key before
    while (found := of(database)) is not None and found != written:  # whose key went meanwhile stays gone
        _refuse_to_lose(newest, found, folder / NAME)
        _put(found, folder)
        written = found


def _newest_archives(path: Path) -> str | None:
    """Return the id of the key of the newest archive that a keyring opens; None if there is none to lose."""
    try:
        keys = _decoded(path).keys
    except (FileNotFoundError, msgspec.MsgspecError):
        return None
    except OSError as error:
        raise BackupError(
            f"{path} cannot be read ({error.strerror}), and may open backups that nothing else does: have it "
            "belong to the user the service runs as"
        ) from error
    of_archives = [one for one in keys if one.owner.startswith(ARCHIVE_OWNER)]
    return max(of_archives, key=lambda one: one.made_ms).id if of_archives else None


def _refuse_to_lose(newest: str | None, found: Keyring, path: Path) -> None:
    """Refuse where the newest archive's key, which no erasure destroys, would be gone."""
    if newest is not None and all(one.id != newest for one in found.keys):
        raise BackupError(
            f"{path} opens newer backups than this database knows of, and nothing else does: it stays. If "
            "the database is lost, restore one (`carewire cloud restore`); if it was set back, put their "
            f"keys back (`carewire cloud keys put-back {path}`); if they are another's, name another folder"
        )


def _put(keys: Keyring, folder: Path) -> None:
    content = msgspec.json.format(msgspec.json.encode(keys), indent=1)
    try:
        put(folder / NAME, content)
    except OSError as error:
        raise BackupError(
            f"{folder / NAME} cannot be written ({error.strerror}): mount the folder of backups, or correct "
            "backup.folder"
        ) from error


def read(path: Path) -> Keyring:
    """Read a keyring.

    Raises
    ------
    BackupError
        If there is none, or it cannot be read.
    """
    try:
        return _decoded(path)
    except (OSError, msgspec.MsgspecError) as error:
        raise BackupError(
            f"{path} cannot be read ({error}): without the keyring that lies beside the newest backup "
            "nothing of people can be read; give it as --keyring FILE"
        ) from error


def _decoded(path: Path) -> Keyring:
    return msgspec.json.decode(path.read_bytes(), type=Keyring)


def put_back(connection: Connection, keyring: Keyring) -> int:
    """Add those keys that are not there; return how many."""
    return sum(insert_new(connection, data_key, msgspec.structs.asdict(one)) for one in keyring.keys)


def without_key(connection: Connection) -> Sequence[str]:
    """Return the patients whose key is not there: nobody can tell any more who they were."""
    keys = frozenset(connection.scalars(select(data_key.c.id)))
    rows = connection.execute(select(patient.c.id, patient.c.display_name).order_by(patient.c.id))
    return [one for one, name in rows if is_sealed(name) and key_id_of(name) not in keys]


def _key(row: Row[Any]) -> WrappedKey:
    return WrappedKey(**row._mapping)  # noqa: SLF001 - as SQLAlchemy names it
