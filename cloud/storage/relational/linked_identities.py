"""Who is who at identity providers, by issuer and subject together."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import ColumnElement, delete, select, update

from cloud.ports import LinkedIdentity
from cloud.storage.relational.database import Database, insert_new
from cloud.storage.relational.tables import linked_identity

__all__ = ["RelationalLinkedIdentities"]

_ROWS = linked_identity.c


class RelationalLinkedIdentities:
    """The LinkedIdentityBook port on a relational database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def link(self, identity: LinkedIdentity) -> bool:
        """Keep a link; False if that identity is somebody's already, or that person another of the issuer."""
        with self._database.write() as connection:
            return insert_new(connection, linked_identity, asdict(identity))

    def linked(self, issuer: str, subject: str) -> LinkedIdentity | None:
        """Return whose identity that is, or None."""
        found = self._found(_ROWS.issuer == issuer, _ROWS.subject == subject)
        return found[0] if found else None

    def links_of(self, person_id: str) -> Sequence[LinkedIdentity]:
        """Return who somebody is, at every issuer they are linked at."""
        return self._found(_ROWS.person_id == person_id)

    def links(self) -> Sequence[LinkedIdentity]:
        """Return everybody's links."""
        return self._found()

    def note_link_used(self, issuer: str, subject: str, now_ms: int) -> None:
        """Remember when somebody last came in by a link."""
        named = (_ROWS.issuer == issuer, _ROWS.subject == subject)
        with self._database.write() as connection:
            connection.execute(update(linked_identity).where(*named).values(used_ms=now_ms))

    def unlink(self, person_id: str, issuer: str) -> bool:
        """Forget who somebody is at an issuer; False if that was not known."""
        named = (_ROWS.person_id == person_id, _ROWS.issuer == issuer)
        with self._database.write() as connection:
            return connection.execute(delete(linked_identity).where(*named)).rowcount == 1

    def _found(self, *named: ColumnElement[bool]) -> Sequence[LinkedIdentity]:
        query = select(linked_identity).where(*named).order_by(_ROWS.person_id, _ROWS.issuer)
        with self._database.read() as connection:
            return tuple(LinkedIdentity(**row) for row in connection.execute(query).mappings())
