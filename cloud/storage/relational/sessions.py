"""Sign-in links and sessions, known by the SHA-256 of their secret and by nothing else."""

from sqlalchemy import delete, insert, select, update

from cloud.storage.relational.database import Database
from cloud.storage.relational.tables import session, sign_in_link


class RelationalSessions:
    """The SessionStore port on a relational database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_link(self, token_hash: bytes, person_id: str, expires_ms: int) -> None:
        """Keep a sign-in link that works once until it expires."""
        with self._database.write() as connection:
            connection.execute(
                insert(sign_in_link).values(token_hash=token_hash, person_id=person_id, expires_ms=expires_ms)
            )

    def redeem_link(self, token_hash: bytes, now_ms: int) -> str | None:
        """Return the person whose link this is, once; None if unknown, used or expired."""
        use = (
            update(sign_in_link)
            .where(
                sign_in_link.c.token_hash == token_hash,
                sign_in_link.c.used_ms.is_(None),
                sign_in_link.c.expires_ms > now_ms,
            )
            .values(used_ms=now_ms)
            .returning(sign_in_link.c.person_id)
        )
        with self._database.write() as connection:
            person_id: str | None = connection.scalar(use)
        return person_id

    def add_session(self, token_hash: bytes, person_id: str, expires_ms: int) -> None:
        """Keep a session until it expires or is ended."""
        with self._database.write() as connection:
            connection.execute(
                insert(session).values(token_hash=token_hash, person_id=person_id, expires_ms=expires_ms)
            )

    def session_person(self, token_hash: bytes, now_ms: int) -> str | None:
        """Return whose session this is; None if unknown, ended or expired."""
        query = select(session.c.person_id).where(
            session.c.token_hash == token_hash, session.c.expires_ms > now_ms
        )
        with self._database.read() as connection:
            return connection.scalar(query)

    def end_session(self, token_hash: bytes) -> None:
        """Make a session worthless at once."""
        with self._database.write() as connection:
            connection.execute(delete(session).where(session.c.token_hash == token_hash))
