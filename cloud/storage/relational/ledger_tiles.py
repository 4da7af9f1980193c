"""The hashes of the ledger's tree, as one transaction sees them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, func, select

from cloud.ledger.tree import TILE
from cloud.storage.relational.tables import ledger_entry, ledger_node

__all__ = ["StoredTiles"]

_LEAVES: Final = "SELECT 0, number, leaf FROM ledger_entry WHERE number BETWEEN {first} AND {last}"
_NODES: Final = (
    "SELECT level, position, hash FROM ledger_node "
    "WHERE level = {level} AND position BETWEEN {first} AND {last}"
)


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

    def tiles(self, places: Collection[tuple[int, int]]) -> Mapping[tuple[int, int], Sequence[bytes]]:
        """Return many at once, by one query: a proof takes about a dozen."""
        found: dict[tuple[int, int], list[bytes]] = {place: [] for place in places}
        for level, number, hash_ in self._connection.exec_driver_sql(_query(places)):
            tile = found[level, number // TILE]
            if len(tile) == number % TILE:  # those behind one that is missing are left out
                tile.append(bytes(hash_))
        return found


def _query(places: Collection[tuple[int, int]]) -> str:
    """Return it as text of whole numbers: built of expressions it would take longer than it runs."""
    parts = [
        (_NODES if level else _LEAVES).format(level=level, first=index * TILE, last=index * TILE + TILE - 1)
        for level, index in places
    ]
    return f"{' UNION ALL '.join(parts)} ORDER BY 1, 2"
