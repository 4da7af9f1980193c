"""A ledger of many years in minutes: entries put straight into the tree, without being written down first."""

import secrets
from typing import Any, Final

from sqlalchemy import insert

from cloud.ledger.entries import SALT_BYTES, Entry, about_hash, about_text, encode_entry
from cloud.ledger.tree import grown
from cloud.ports import Deed
from cloud.storage.relational.ledger_tiles import StoredTiles
from cloud.storage.relational.opening import Relational
from cloud.storage.relational.tables import ledger_entry, ledger_node
from vitals.ledger.merkle import leaf_hash

__all__ = ["fill"]

_AT_ONCE: Final = 16**4
"""As many leaves as fill whole subtrees: none of their hashes is read again."""
_ABOUT: Final = about_text({"what": "vitals", "for_s": "300"})


def fill(store: Relational, entries: int) -> None:
    """Enter looks of a hundred people at forty patients until there are so many entries."""
    people, patients = ([secrets.token_hex(16) for _ in range(count)] for count in (97, 41))
    for first in range(0, entries, _AT_ONCE):
        with store.database.write() as connection:
            tiles = StoredTiles(connection)
            size = tiles.size()
            rows = [
                _row(number, people[number % 97], patients[number % 41])
                for number in range(size, min(first + _AT_ONCE, entries))
            ]
            nodes = grown(tiles, size, [row["leaf"] for row in rows])
            full = [{"level": one.level, "position": one.position, "hash": one.hash} for one in nodes]
            if rows:
                connection.execute(insert(ledger_entry), rows)
            if full:
                connection.execute(insert(ledger_node), full)


def _row(number: int, actor: str, patient: str) -> dict[str, Any]:
    salt = secrets.token_bytes(SALT_BYTES)
    line = encode_entry(
        Entry(
            number=number,
            t_ms=number,
            deed=Deed.LOOKED.value,
            actor=actor,
            patient=patient,
            about=about_hash(salt, _ABOUT),
        )
    )
    return {
        "number": number,
        "leaf": leaf_hash(line),
        "line": line,
        "patient": patient,
        "salt": salt,
        "about": _ABOUT,
    }
