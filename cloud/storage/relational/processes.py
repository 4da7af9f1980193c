"""The processes of a service, each with its last beat, and which gateways one of them says are there."""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, insert, select, update

from cloud.ports import Beat, ServiceRole
from cloud.storage.relational.database import Database, upsert
from cloud.storage.relational.tables import gateway_presence, partition_lease, process

__all__ = ["RelationalPresence", "RelationalProcesses"]


class RelationalProcesses:
    """The ProcessBoard port on a relational database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def beat(self, own: Beat) -> Sequence[Beat]:
        """Put up a process's own beat in place of its last; return the last of every process."""
        row = {
            "id": own.process_id,
            "roles": sorted(own.roles),
            "count": own.count,
            "troubles": list(own.troubles),
        }
        with self._database.write() as connection:
            upsert(connection, process, [row])
            return tuple(
                Beat(
                    process_id=each["id"],
                    roles=frozenset(map(ServiceRole, each["roles"])),
                    count=each["count"],
                    troubles=tuple(each["troubles"]),
                )
                for each in connection.execute(select(process).order_by(process.c.id)).mappings()
            )

    def take_down(self, process_id: str) -> None:
        """Forget a process and let its leases be nobody's."""
        with self._database.write() as connection:
            connection.execute(delete(process).where(process.c.id == process_id))
            theirs = update(partition_lease).where(partition_lease.c.holder == process_id)
            connection.execute(theirs.values(holder=None))


class RelationalPresence:
    """The PresenceBook port on a relational database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def tell(self, online: Mapping[str, bool]) -> None:
        """Put this in place of all that was told before."""
        rows = [{"gateway": gateway, "online": is_there} for gateway, is_there in online.items()]
        with self._database.write() as connection:
            connection.execute(delete(gateway_presence))
            if rows:
                connection.execute(insert(gateway_presence), rows)

    def told(self) -> Mapping[str, bool]:
        """Return what was told last."""
        with self._database.read() as connection:
            return {row.gateway: row.online for row in connection.execute(select(gateway_presence))}
