"""The hashes of the ledger's tree, as one transaction sees them."""

from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from cloud.ledger.tree import TILE
from cloud.storage.relational.tables import ledger_entry, ledger_node

__all__ = ["StoredTiles"]


class StoredTiles:
    """The Tiles port on an open transaction: leaves from the entries, the rest from the nodes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def size(self) -> int:
        """Return how many entries there are."""
        newest = self._connection.scalar(select(func.max(ledger_entry.c.number)))
        return 0 if newest is None else int(newest) + 1

    def tile(self, level: int, index: int) -> Sequence[bytes]:
        """Return up to sixteen hashes; those behind one that is missing are left out."""
        position, value = (
            (ledger_node.c.position, ledger_node.c.hash)
            if level
            else (ledger_entry.c.number, ledger_entry.c.leaf)
        )
        first = index * TILE
        query = select(position, value).where(position.between(first, first + TILE - 1)).order_by(position)
        if level:
            query = query.where(ledger_node.c.level == level)
        rows = self._connection.execute(query).all()
        return [bytes(hash_) for at, (number, hash_) in enumerate(rows) if number == first + at]
