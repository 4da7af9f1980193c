"""Which `(gateway, epoch, seq)` are durable, kept as ranges: an epoch without losses is one row."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from operator import attrgetter
from sqlite3 import Connection

from cloud.ports import IdentifiedRecord
from cloud.storage.journal.ranges import Ranges, holds, ranges_of, size, subtract, union

_EPOCH_OF = attrgetter("gateway", "epoch")
_SEQ_OF = attrgetter("seq")
_EXTEND = """
INSERT INTO stored_range VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET last_seq = excluded.last_seq
"""
_OVERLAPPING = """
SELECT first_seq, last_seq FROM stored_range
WHERE epoch_id = :epoch AND last_seq >= :low AND first_seq <= :high AND first_seq >= coalesce(
    (SELECT max(first_seq) FROM stored_range WHERE epoch_id = :epoch AND first_seq <= :low), :low)
"""


def offered_by(records: Iterable[IdentifiedRecord]) -> Mapping[tuple[str, str], Ranges]:
    """Return the seqs of records, by gateway and epoch."""
    seqs: dict[tuple[str, str], Ranges] = {}
    for key, group in groupby(records, _EPOCH_OF):
        seqs[key] = union((*seqs.get(key, ()), *ranges_of(map(_SEQ_OF, group))))
    return seqs


def claim(connection: Connection, gateway: str, epoch: str, offered: Ranges) -> Ranges:
    """Mark what is offered as stored and return what was not; count the rest as duplicates."""
    epoch_id = _epoch_id(connection, gateway, epoch)
    known = _stored_near(connection, epoch_id, offered)
    fresh = subtract(offered, known)
    if fresh:
        _replace(connection, epoch_id, known, union((*known, *fresh)))
    add_duplicates(connection, gateway, epoch, size(offered) - size(fresh))
    return fresh


def unclaimed(connection: Connection, gateway: str, epoch: str, offered: Ranges) -> Ranges:
    """Return what of `offered` is not stored, and change nothing."""
    epoch_id = _known_epoch_id(connection, gateway, epoch)
    if epoch_id is None:
        return offered
    return subtract(offered, _stored_near(connection, epoch_id, offered))


def is_stored(connection: Connection, gateway: str, epoch: str, seq: int) -> bool:
    """Tell whether a record of this identity is stored."""
    return holds(_stored(connection, _epoch_id(connection, gateway, epoch), seq, seq), seq)


def add_duplicates(connection: Connection, gateway: str, epoch: str, count: int) -> None:
    """Count records that came again."""
    if count:
        connection.execute(
            "UPDATE epoch SET duplicates = duplicates + ? WHERE gateway = ? AND epoch = ?",
            (count, gateway, epoch),
        )


def _epoch_id(connection: Connection, gateway: str, epoch: str) -> int:
    known = _known_epoch_id(connection, gateway, epoch)
    if known is not None:
        return known
    (new,) = connection.execute(
        "INSERT INTO epoch (gateway, epoch) VALUES (?, ?) RETURNING id", (gateway, epoch)
    ).fetchone()
    return int(new)


def _known_epoch_id(connection: Connection, gateway: str, epoch: str) -> int | None:
    row = connection.execute(
        "SELECT id FROM epoch WHERE gateway = ? AND epoch = ?", (gateway, epoch)
    ).fetchone()
    return None if row is None else int(row[0])


def _stored_near(connection: Connection, epoch_id: int, offered: Ranges) -> Ranges:
    """Return what is stored in and beside each range: between them there may be a million holes."""
    return union(
        known for first, last in offered for known in _stored(connection, epoch_id, first - 1, last + 1)
    )


def _stored(connection: Connection, epoch_id: int, low: int, high: int) -> Ranges:
    return tuple(connection.execute(_OVERLAPPING, {"epoch": epoch_id, "low": low, "high": high}))


def _replace(connection: Connection, epoch_id: int, old: Ranges, new: Ranges) -> None:
    begun = {first for first, _ in new}
    connection.executemany(
        "DELETE FROM stored_range WHERE epoch_id = ? AND first_seq = ?",
        [(epoch_id, first) for first, _ in old if first not in begun],
    )
    connection.executemany(
        _EXTEND, [(epoch_id, first, last) for first, last in new if (first, last) not in old]
    )
