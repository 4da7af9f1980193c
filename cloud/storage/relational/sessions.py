"""Sessions, known by the SHA-256 of their secret and by nothing else."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import RowMapping, delete, insert, select, update

from cloud.ports import KeptSession, SignInWay
from cloud.storage.relational.database import Database
from cloud.storage.relational.tables import session as _session

__all__ = ["RelationalSessions"]

_ROWS = _session.c


class RelationalSessions:
    """The SessionStore port on a relational database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_session(self, session: KeptSession) -> None:
        """Keep a session until it expires or is ended."""
        with self._database.write() as connection:
            connection.execute(insert(_session).values(**asdict(session)))

    def session(self, token_hash: bytes) -> KeptSession | None:
        """Return a session that was not ended, whether it is still good or not."""
        with self._database.read() as connection:
            row = (
                connection.execute(select(_session).where(_ROWS.token_hash == token_hash)).mappings().first()
            )
        return None if row is None else _kept(row)

    def sessions_of(self, person_id: str) -> Sequence[KeptSession]:
        """Return every session of a person, the one used last first."""
        query = (
            select(_session)
            .where(_ROWS.person_id == person_id)
            .order_by(_ROWS.used_ms.desc(), _ROWS.began_ms.desc(), _ROWS.token_hash)
        )
        with self._database.read() as connection:
            return tuple(_kept(row) for row in connection.execute(query).mappings())

    def note_session_used(self, token_hash: bytes, used_ms: int) -> None:
        """Remember when a session was last used."""
        with self._database.write() as connection:
            connection.execute(update(_session).where(_ROWS.token_hash == token_hash).values(used_ms=used_ms))

    def end_session(self, token_hash: bytes) -> bool:
        """Make a session worthless at once; False: there is none such."""
        with self._database.write() as connection:
            return connection.execute(delete(_session).where(_ROWS.token_hash == token_hash)).rowcount > 0

    def end_sessions_of(self, person_id: str, *, but: bytes | None = None) -> int:
        """Make every session of a person worthless at once, but that one; return how many."""
        others = (
            _ROWS.person_id == person_id
            if but is None
            else ((_ROWS.person_id == person_id) & (_ROWS.token_hash != but))
        )
        with self._database.write() as connection:
            return connection.execute(delete(_session).where(others)).rowcount


def _kept(row: RowMapping) -> KeptSession:
    return KeptSession(**{**row, "way": SignInWay(row["way"])})
