"""One-time links, known by the SHA-256 of their secret and by nothing else."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import RowMapping, delete, insert, select, update

from cloud.ports import Link, LinkKind
from cloud.storage.relational.database import Database
from cloud.storage.relational.tables import sign_in_link

__all__ = ["RelationalLinks"]

_ROWS = sign_in_link.c
_LINK = (
    _ROWS.token_hash,
    _ROWS.person_id,
    _ROWS.expires_ms,
    _ROWS.kind,
    _ROWS.made_by,
    _ROWS.made_ms,
)


class RelationalLinks:
    """The LinkStore port on a relational database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_link(self, link: Link) -> None:
        """Keep a link that works once until it expires."""
        with self._database.write() as connection:
            connection.execute(insert(sign_in_link).values(**asdict(link)))

    def link(self, token_hash: bytes) -> Link | None:
        """Return a link that nobody has used, expired or not."""
        query = select(*_LINK).where(_ROWS.token_hash == token_hash, _ROWS.used_ms.is_(None))
        with self._database.read() as connection:
            return _link(connection.execute(query).mappings().first())

    def redeem_link(self, token_hash: bytes, now_ms: int) -> Link | None:
        """Use a link up and return it, once; None if unknown, used, revoked or expired."""
        use = (
            update(sign_in_link)
            .where(_ROWS.token_hash == token_hash, _ROWS.used_ms.is_(None), _ROWS.expires_ms > now_ms)
            .values(used_ms=now_ms)
            .returning(*_LINK)
        )
        with self._database.write() as connection:
            return _link(connection.execute(use).mappings().first())

    def links_of(self, person_id: str) -> Sequence[Link]:
        """Return the links of a person that nobody has used."""
        query = select(*_LINK).where(_ROWS.person_id == person_id, _ROWS.used_ms.is_(None))
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(_ROWS.made_ms, _ROWS.token_hash)).mappings().all()
        return tuple(found for row in rows if (found := _link(row)) is not None)

    def good_links(self, now_ms: int) -> Sequence[Link]:
        """Return everybody's links that nobody has used and that may still be used."""
        query = select(*_LINK).where(_ROWS.used_ms.is_(None), _ROWS.expires_ms > now_ms)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(_ROWS.made_ms, _ROWS.token_hash)).mappings().all()
        return tuple(found for row in rows if (found := _link(row)) is not None)

    def revoke_links(self, person_id: str) -> int:
        """Make every unused link of a person worthless; return how many."""
        unused = (_ROWS.person_id == person_id) & _ROWS.used_ms.is_(None)
        with self._database.write() as connection:
            return connection.execute(delete(sign_in_link).where(unused)).rowcount


def _link(row: RowMapping | None) -> Link | None:
    if row is None:
        return None
    return Link(**{**row, "kind": LinkKind(row["kind"])})
