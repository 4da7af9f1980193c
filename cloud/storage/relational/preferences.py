"""How people want to be told."""

from collections.abc import Collection, Mapping

import msgspec
from sqlalchemy import bindparam, select

from cloud.ports import Preferences
from cloud.storage.relational.database import Database, upsert
from cloud.storage.relational.due import rouse
from cloud.storage.relational.tables import preference

__all__ = ["RelationalPreferences"]

_OF = select(preference).where(preference.c.person_id.in_(bindparam("persons", expanding=True)))


class RelationalPreferences:
    """The PreferenceBook port on a relational database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, preferences: Preferences) -> None:
        """Write somebody's preferences down, in place of those before."""
        row = {"person_id": preferences.person_id, "chosen": msgspec.to_builtins(preferences)}
        with self._database.write() as connection:
            upsert(connection, preference, [row])
            rouse(connection)

    def of(self, person_ids: Collection[str]) -> Mapping[str, Preferences]:
        """Return those of each of these people; nothing for who never chose."""
        with self._database.read() as connection:
            rows = connection.execute(_OF, {"persons": list(person_ids)})
            return {row.person_id: msgspec.convert(row.chosen, Preferences) for row in rows}
