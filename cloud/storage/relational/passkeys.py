"""Passkeys, by the id their authenticators gave them."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import RowMapping, and_, delete, select, update

from cloud.ports import Passkey
from cloud.storage.relational.database import Database, insert_new
from cloud.storage.relational.sealed_rows import close, shown
from cloud.storage.relational.sealer import RelationalSealer
from cloud.storage.relational.tables import passkey

__all__ = ["RelationalPasskeys"]

_ROWS = passkey.c


class RelationalPasskeys:
    """The PasskeyBook port on a relational database."""

    def __init__(self, database: Database, sealer: RelationalSealer) -> None:
        self._database = database
        self._sealer = sealer

    def add_passkey(self, new: Passkey) -> bool:
        """Keep a new passkey; False if its id is known already, whoever's it is."""
        row = close(self._sealer, passkey, asdict(new))
        with self._database.write() as connection:
            return insert_new(connection, passkey, row)

    def passkey(self, passkey_id: bytes) -> Passkey | None:
        """Return a passkey, or None."""
        with self._database.read() as connection:
            row = connection.execute(select(passkey).where(_ROWS.id == passkey_id)).mappings().first()
        return None if row is None else self._passkey(row)

    def passkeys_of(self, person_id: str) -> Sequence[Passkey]:
        """Return somebody's passkeys, oldest first."""
        query = select(passkey).where(_ROWS.person_id == person_id).order_by(_ROWS.added_ms, _ROWS.id)
        with self._database.read() as connection:
            return tuple(self._passkey(row) for row in connection.execute(query).mappings())

    def note_passkey_used(self, passkey_id: bytes, count: int, now_ms: int) -> bool:
        """Remember a use; False, and nothing is remembered, unless `count` rose or neither counts.

        One statement compares and writes: of two uses with one count, the second is noticed.
        """
        rose = _ROWS.count < count if count else _ROWS.count == 0
        with self._database.write() as connection:
            changed = connection.execute(
                update(passkey).where(_ROWS.id == passkey_id, rose).values(count=count, used_ms=now_ms)
            )
        return changed.rowcount == 1

    def refuse_passkey(self, passkey_id: bytes, now_ms: int) -> None:
        """Have a passkey open nothing from now on; since when stays what it was first."""
        first = and_(_ROWS.id == passkey_id, _ROWS.refused_ms.is_(None))
        with self._database.write() as connection:
            connection.execute(update(passkey).where(first).values(refused_ms=now_ms))

    def remove_passkey(self, passkey_id: bytes, person_id: str) -> bool:
        """Forget a passkey of somebody's; False if they have none of that id."""
        theirs = and_(_ROWS.id == passkey_id, _ROWS.person_id == person_id)
        with self._database.write() as connection:
            return connection.execute(delete(passkey).where(theirs)).rowcount == 1

    def _passkey(self, row: RowMapping) -> Passkey:
        return Passkey(**shown(self._sealer, passkey, row))
