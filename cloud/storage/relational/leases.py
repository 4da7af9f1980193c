"""Who evaluates which patients: a partition has one holder, and every change of hands a higher epoch."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, bindparam, select, text, update

from cloud.partitions import PARTITIONS
from cloud.ports import FencedError, Lease
from cloud.storage.relational.database import Database, insert_new
from cloud.storage.relational.tables import partition_lease

__all__ = ["RelationalLeases", "fence"]

FROZEN_AFTER_MS = 10_000
"""How long PostgreSQL waits for one that stands still after its fence; then what it did is undone."""
_CLAIMED_WITHIN_MS = 2_000
_EPOCHS_OF = (
    select(partition_lease.c.number, partition_lease.c.epoch)
    .where(partition_lease.c.number.in_(bindparam("partitions", expanding=True)))
    .with_for_update(read=True)
)


class RelationalLeases:
    """The LeaseBook port on a relational database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def leases(self) -> Sequence[Lease]:
        """Return the lease of every partition; one nobody ever held has epoch 0."""
        with self._database.read() as connection:
            rows = {row.number: row for row in connection.execute(select(partition_lease))}
        return tuple(
            Lease(partition=number, epoch=rows[number].epoch, holder=rows[number].holder)
            if number in rows
            else Lease(partition=number)
            for number in range(PARTITIONS)
        )

    def claim(self, found: Sequence[Lease], holder: str) -> Sequence[Lease]:
        """Take over with the next epoch what is still as it was found; return that as it is now."""
        with self._database.write() as connection:
            _limit(connection, "lock_timeout", _CLAIMED_WITHIN_MS)
            return tuple(
                Lease(partition=one.partition, epoch=one.epoch + 1, holder=holder)
                for one in found
                if _claim(connection, one, holder)
            )

    def release(self, held: Sequence[Lease]) -> None:
        """Let go of leases; those that are somebody else's by now stay as they are."""
        with self._database.write() as connection:
            for one in held:
                same = partition_lease.c.epoch == one.epoch
                this = update(partition_lease).where(partition_lease.c.number == one.partition, same)
                connection.execute(this.values(holder=None))


def fence(connection: Connection, epochs: Mapping[int, int]) -> None:
    """Refuse what carries another epoch than its partition's; that stays what it is until the commit.

    Raises
    ------
    FencedError
        If it is another.
    """
    _limit(connection, "idle_in_transaction_session_timeout", FROZEN_AFTER_MS)
    rows = connection.execute(_EPOCHS_OF, {"partitions": sorted(epochs)})
    if dict.fromkeys(epochs, 0) | {row.number: row.epoch for row in rows} != epochs:
        raise FencedError("another process evaluates these patients now: this one leaves them to it")


def _limit(connection: Connection, setting: str, ms: int) -> None:
    """Bound a transaction where the server can: a file of SQLite is held by who is frozen until that ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL {setting} = {ms}"))


def _claim(connection: Connection, found: Lease, holder: str) -> bool:
    row = {"number": found.partition, "epoch": found.epoch + 1, "holder": holder}
    if found.epoch == 0:
        return insert_new(connection, partition_lease, row)
    same = partition_lease.c.epoch == found.epoch
    this = update(partition_lease).where(partition_lease.c.number == found.partition, same)
    return connection.execute(this.values(row)).rowcount == 1
