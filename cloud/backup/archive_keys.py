"""Each archive's own key: a data key in the database like those of patients, and so in the keyring.

Whoever is erased is in the archives of before, under a pseudonym, as long as those open. Some time after the
erasure, once a newer archive is on the disk, their keys are destroyed: then they open for nobody, wherever
copies of them lie.
"""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from sqlalchemy import func, select

from cloud.backup import keyring
from cloud.backup.errors import BackupError
from cloud.backup.keyring import Keyring
from cloud.backup.sealed_stream import KeyOf
from cloud.config import CloudSettings
from cloud.ports import ErasureState
from cloud.sealing.key_place import KeyPlace
from cloud.sealing.sealed import DataKey
from cloud.storage.relational.database import Database
from cloud.storage.relational.sealer import RelationalSealer
from cloud.storage.relational.tables import data_key, erasure

__all__ = ["key_finder", "let_go_of_the_erased", "new_key"]

_NAME_BYTES: Final = 12
_DAY_MS: Final = 86_400_000


def new_key(
    database: Database, place: KeyPlace, randomness: Callable[[int], bytes], instant_ms: int
) -> DataKey | None:
    """Make the key of a new archive of a moment; None where the database is of before anything was sealed.

    Raises
    ------
    ConfigurationError
        If the master key is not there.
    StorageError
        If the database refuses.
    """
    if keyring.of(database) is None:
        return None
    sealer = RelationalSealer(database, place, randomness, lambda: instant_ms)
    with database.write() as connection:
        return sealer.key_of(connection, f"{keyring.ARCHIVE_OWNER}{randomness(_NAME_BYTES).hex()}")


def let_go_of_the_erased(
    database: Database, after_days: int, now_ms: int, read_newest: Callable[[], object]
) -> int:
    """Destroy the keys of archives that hold whom was erased `after_days` ago or longer; return how many.

    Called when a newer archive is on the disk, which `read_newest` reads, or raises: one that opens is left.
    """
    erased = select(func.max(erasure.c.ended_ms)).where(
        erasure.c.state == ErasureState.DONE, erasure.c.ended_ms <= now_ms - after_days * _DAY_MS
    )
    with database.read() as connection:
        last_ms = connection.scalar(erased)
        if last_ms is None:
            return 0
        is_old = data_key.c.owner.startswith(keyring.ARCHIVE_OWNER) & (data_key.c.made_ms < last_ms)
        if connection.scalar(select(func.count()).where(is_old)) == 0:
            return 0
    read_newest()
    with database.write() as connection:
        gone = connection.execute(data_key.delete().where(is_old)).rowcount
    database.compact([data_key])
    return gone


def key_finder(settings: CloudSettings, archive: Path, given: Path | None, *, from_database: bool) -> KeyOf:
    """Return what finds the key of an archive: in the keyring `given`, or that beside it.

    With `from_database`, also in the database of the settings, where that is whole.
    """

    def find(key_id: str) -> DataKey:
        masters = settings.key_place().read()
        if masters is None:
            raise BackupError(
                f"{archive} is sealed, and {settings.key_place().file} is not there: put the master key back "
                "(`carewire cloud keys restore FILE`), or name the settings that it belongs to (--config)"
            )
        for one in _keyring().keys:
            master = masters.of(one.master_id)
            if one.id == key_id and master is not None:
                return master.unwrapped(one.id, one.owner, one.wrapped)
        raise BackupError(
            f"{archive} is sealed by the key {key_id}, which the keyring does not give: name the one beside "
            "the newest backup as --keyring, and have its master key in place; the key of a backup with "
            "somebody in it who was erased is destroyed in time: then use a newer one"
        )

    def _keyring() -> Keyring:
        beside = given or archive.parent / keyring.NAME
        if from_database and not beside.exists():
            with closing(Database(settings.database_url)) as database:
                return keyring.of(database) or keyring.read(beside)
        return keyring.read(beside)

    return find
