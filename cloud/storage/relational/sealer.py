"""The Sealer port: data keys in the database, wrapped by the master key that lies outside of it.

A value is sealed by the key that its owner has in the transaction at hand, never by one remembered: a key
that was destroyed meanwhile seals nothing more.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, select, update

from cloud.ports.sealing import Place
from cloud.sealing.key_place import KeyPlace
from cloud.sealing.master import MasterKeys, new_master
from cloud.sealing.sealed import KEY_BYTES, DataKey, key_id_of, opened, seal
from cloud.storage.relational.database import Database, insert_new, take_turns
from cloud.storage.relational.tables import data_key
from cloud.storage.relational.unopened import Unopened
from vitals.errors import ConfigurationError, SealError

__all__ = ["RelationalSealer"]

_ID_BYTES: Final = 8
_KEYS: Final = data_key.c


class RelationalSealer:
    """Seals by keys that it makes as owners come, and remembers unwrapped while they are there."""

    def __init__(
        self,
        database: Database,
        place: KeyPlace,
        randomness: Callable[[int], bytes],
        now_ms: Callable[[], int],
    ) -> None:
        """Find the master key. Where nothing was ever sealed and there is none, it is made.

        Raises
        ------
        ConfigurationError
            If the database was sealed under a master key that is not there.
        """
        self._database = database
        self._place = place
        self._randomness = randomness
        self._now_ms = now_ms
        self._known: dict[str, DataKey] = {}
        self._unopened = Unopened()
        self._masters = self._found()

    def seal(self, value: object, place: Place, *, within: Connection | None = None) -> str:
        """Return a value sealed, in the transaction of `within` if one is given."""
        if within is not None:
            return seal(value, place, self.key_of(within, place.owner), self._randomness)
        with self._database.read() as connection:
            key = self._present(connection, place.owner)
        if key is None:
            with self._database.write() as connection:
                key = self.key_of(connection, place.owner)
        return seal(value, place, key, self._randomness)

    def opened(self, sealed: str, place: Place, *, within: Connection | None = None) -> Any:  # noqa: ANN401
        """Return what was sealed at this place."""
        try:
            plain = opened(sealed, place, self._key(key_id_of(sealed), within))
        except SealError as error:
            self._unopened.note(place, error)
            raise
        self._unopened.clear(place)
        return plain

    def troubles(self) -> tuple[str, ...]:
        """Return which sealed values did not open when they were last wanted, and what to do."""
        return self._unopened.troubles()

    def key_of(self, connection: Connection, owner: str) -> DataKey:
        """Return the key an owner has, or gets now."""
        present = self._present(connection, owner)
        if present is not None:
            return present
        take_turns(connection, data_key)
        self._masters = self._read()  # it may have been rotated by another process
        key = DataKey(id=self._randomness(_ID_BYTES).hex(), owner=owner, secret=self._randomness(KEY_BYTES))
        master = self._masters.current
        row = {
            "id": key.id,
            "owner": owner,
            "master_id": master.id,
            "wrapped": master.wrapped(key, self._randomness),
            "made_ms": self._now_ms(),
        }
        if insert_new(connection, data_key, row):
            return key
        found = self._present(connection, owner)
        if found is None:
            raise SealError(f"the key of {owner} cannot be made: try again")
        return found

    def destroy(self, owners: Iterable[str], within: Connection) -> int:
        """Destroy the keys of owners with the transaction: what they sealed is gone for good, everywhere."""
        those = frozenset(owners)
        ended = delete(data_key).where(_KEYS.owner.in_(those)).returning(_KEYS.id)
        gone = within.execute(ended).scalars().all()
        for key_id in gone:
            self._known.pop(key_id, None)
        self._unopened.forget(those)
        return len(gone)

    def drop_destroyed(self) -> int:
        """Drop from memory the keys that another process destroyed; return how many."""
        known = tuple(self._known)
        with self._database.read() as connection:
            present = frozenset(connection.scalars(select(_KEYS.id)))
        gone = [key_id for key_id in known if key_id not in present]
        for key_id in gone:
            self._known.pop(key_id, None)
        return len(gone)

    def rotate(self) -> int:
        """Wrap every data key by a new master key, and let go of the old ones; return how many.

        Killed at any moment, all keys that are needed are there; what is half done is done by the next. Of
        two that do it at once neither lets go of the other's.
        """
        with self._database.write() as connection:
            take_turns(connection, data_key)
            with_new = MasterKeys(all=(new_master(self._randomness), *self._read().all))
            self._place.replace(with_new)
            rows = connection.execute(select(data_key)).all()
            for row in rows:
                key = self._unwrapped(row, with_new)
                connection.execute(
                    update(data_key)
                    .where(_KEYS.id == key.id)
                    .values(
                        master_id=with_new.current.id,
                        wrapped=with_new.current.wrapped(key, self._randomness),
                    )
                )
        self._masters = self._let_go()
        self._database.compact([data_key])
        return len(rows)

    def _let_go(self) -> MasterKeys:
        """Keep of the master keys the one that wraps, and those by which anything is wrapped still."""
        with self._database.write() as connection:
            take_turns(connection, data_key)
            found = self._read()
            needed = set(connection.scalars(select(_KEYS.master_id).distinct()))
            kept = MasterKeys(all=(found.current, *(one for one in found.all[1:] if one.id in needed)))
            self._place.replace(kept)
        return kept

    def _present(self, connection: Connection, owner: str) -> DataKey | None:
        row = connection.execute(select(data_key).where(_KEYS.owner == owner)).one_or_none()
        return None if row is None else self._known.get(row.id) or self._remembered(row)

    def _key(self, key_id: str, within: Connection | None) -> DataKey:
        if key_id not in self._known:
            if within is not None:
                self._learn(within, key_id)
            else:
                with self._database.read() as connection:
                    self._learn(connection, key_id)
        try:
            return self._known[key_id]
        except KeyError:
            raise SealError("the key of a sealed value is gone: restore it, or erase who it was of") from None

    def _learn(self, connection: Connection, key_id: str) -> None:
        """Learn a key, and the first time all there are: who shows one name will show many."""
        query = select(data_key)
        for row in connection.execute(query.where(_KEYS.id == key_id) if self._known else query):
            self._remembered(row)

    def _remembered(self, row: Row[Any]) -> DataKey:
        key = self._known[row.id] = self._unwrapped(row, self._masters)
        return key

    def _unwrapped(self, row: Row[Any], masters: MasterKeys) -> DataKey:
        master = masters.of(row.master_id)
        if master is None:
            self._masters = self._read()
            master = self._masters.of(row.master_id)
        if master is None:
            raise SealError(_MISSING.format(row.master_id, self._place.file))
        return master.unwrapped(row.id, row.owner, row.wrapped)

    def _read(self) -> MasterKeys:
        found = self._place.read()
        if found is None:
            raise ConfigurationError(f"{self._place.file} is gone: restore it from its backup")
        return found

    def _found(self) -> MasterKeys:
        with self._database.read() as connection:
            under = connection.execute(
                select(_KEYS.master_id, func.min(_KEYS.id)).group_by(_KEYS.master_id)
            ).all()
            probes = [connection.execute(select(data_key).where(_KEYS.id == key)).one() for _, key in under]
        found = self._place.read()
        missing = [one for one, _ in under if found is None or found.of(one) is None]
        if missing:
            raise ConfigurationError(_MISSING.format(missing[0], self._place.file))
        if found is None:
            return self._place.make(self._randomness)
        for row in probes:
            self._unwrapped(row, found)
        return found


_MISSING: Final = (
    "what is kept of people is sealed under the master key {0}, which is not in {1}: put that file back from "
    "its backup (`carewire cloud keys restore`); a new key would open nothing"
)
