"""Who acts in a patient's place, and did: added to, never rewritten."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import insert, select, update

from cloud.ports import Proxy
from cloud.storage.relational.database import Database
from cloud.storage.relational.relations import note_change, proxy_of
from cloud.storage.relational.tables import proxy

__all__ = ["RelationalProxies"]


class RelationalProxies:
    """The ProxyBook port on a relational database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_proxy(self, added: Proxy) -> None:
        """Write down that somebody acts in a patient's place."""
        with self._database.write() as connection:
            connection.execute(insert(proxy).values(asdict(added)))
            note_change(connection, added.patient_id)

    def end_proxy(self, ended: Proxy, at_ms: int, by: str) -> bool:
        """Have somebody act in a patient's place no more; False: they did not before."""
        standing = update(proxy).where(proxy.c.id == ended.id, proxy.c.revoked_ms.is_(None))
        with self._database.write() as connection:
            is_ended = connection.execute(standing.values(revoked_ms=at_ms, revoked_by=by)).rowcount > 0
            note_change(connection, ended.patient_id)
            return is_ended

    def proxies_of(self, patient_id: str) -> Sequence[Proxy]:
        """Return who acts in a patient's place or ever did, the newest first."""
        theirs = (
            select(proxy).where(proxy.c.patient_id == patient_id).order_by(proxy.c.from_ms.desc(), proxy.c.id)
        )
        with self._database.read() as connection:
            return [proxy_of(row) for row in connection.execute(theirs).mappings()]
