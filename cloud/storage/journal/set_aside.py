"""The quarantine table: what could not be stored, whole, until it is replayed after a fix or discarded.

It is bounded, gateway by gateway, so that one that sends nothing but poison takes no room of another's.
"""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from enum import Enum, auto
from sqlite3 import Connection
from typing import Any, Final

from cloud.ports import LINE_PROTOCOL, Heap, QuarantinedRecord, SetAside, Share, Wanted
from cloud.storage.journal import identities
from cloud.storage.journal.ranges import Ranges
from vitals.errors import StorageError

MOST_RECORDS: Final = 100_000
MOST_BYTES: Final = 64_000_000

_KEEP = """
INSERT INTO quarantine (gateway, epoch, seq, payload, content_type, reason, received_ms, header, digest)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
_KEEP_AGAIN = """
INSERT INTO quarantine
    (gateway, epoch, seq, payload, content_type, reason, received_ms, header, digest, tried_ms)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET reason = excluded.reason, tried_ms = excluded.tried_ms RETURNING id
"""
_TAKE = """
DELETE FROM quarantine WHERE id = ?
RETURNING gateway, epoch, seq, payload, content_type, reason, received_ms, header
"""
_NEWEST = """
SELECT gateway, epoch, seq, payload, content_type, reason, received_ms, header
FROM quarantine ORDER BY id DESC LIMIT ?
"""
_IS_KEPT = "SELECT 1 FROM quarantine WHERE gateway = ? AND epoch = ? AND seq = ? AND digest = ?"
_NUMBERED = "SELECT id FROM quarantine WHERE gateway = ? AND epoch = ? AND seq BETWEEN ? AND ?"
_GROW = """
INSERT INTO quarantine_share VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET records = records + excluded.records, bytes = bytes + excluded.bytes
"""
_WANTED = """
FROM quarantine
WHERE (:gateway IS NULL OR gateway = :gateway) AND (:since_ms IS NULL OR received_ms >= :since_ms)
    AND (:reason IS NULL OR instr(lower(reason), lower(:reason)))
    AND (:ids IS NULL OR id IN (SELECT value FROM json_each(:ids)))
"""
_FOUND = f"""
SELECT id, tried_ms, gateway, epoch, seq, payload, content_type, reason, received_ms, header
{_WANTED}"""
_FIND = f"{_FOUND} AND id > :after ORDER BY id LIMIT :limit"
_FIND_NEWEST = f"{_FOUND} ORDER BY id DESC LIMIT :limit"
_HEAPS = f"""
SELECT gateway, reason, count(*), min(received_ms), max(received_ms), max(tried_ms)
{_WANTED}GROUP BY gateway, reason ORDER BY count(*) DESC, gateway, reason LIMIT :limit
"""


class Kept(Enum):
    """What became of something to set aside."""

    NEW = auto()
    KNOWN = auto()
    """It is stored or set aside already."""
    REFUSED = auto()
    """There is no room for it."""


def set_aside(connection: Connection, item: QuarantinedRecord) -> Kept:
    """Keep `item` unless its identity is stored or set aside already, or its gateway has no room left."""
    kept = _keep(connection, item)
    if kept is Kept.KNOWN:
        identities.add_duplicates(connection, item.gateway, item.epoch, 1)
    return kept


def set_aside_again(connection: Connection, item: QuarantinedRecord, tried_ms: int) -> int | None:
    """Keep what a replay could not store, under its new reason; return its id, None if it is stored."""
    if item.seq and identities.is_stored(connection, item.gateway, item.epoch, item.seq):
        return None
    was_kept = _is_kept(connection, item)
    (number,) = connection.execute(_KEEP_AGAIN, (*_row(item), _digest(item), tried_ms)).fetchone()
    if not was_kept:
        connection.execute(_GROW, (item.gateway, 1, _size(item)))
    return int(number)


def release(connection: Connection, gateway: str, epoch: str, stored: Ranges) -> None:
    """Forget what was set aside and is now stored after all."""
    if _share(connection, gateway) is None:
        return
    for first, last in stored:
        rows = connection.execute(_NUMBERED, (gateway, epoch, first, last))
        take_out(connection, [number for (number,) in rows.fetchall()])


def take_out(connection: Connection, entries: Collection[int]) -> Sequence[QuarantinedRecord]:
    """Take entries out by id and return what they held; unknown ids are ignored."""
    taken = tuple(_taken(connection, entries))
    for item in taken:
        connection.execute(_GROW, (item.gateway, -1, -_size(item)))
    connection.execute("DELETE FROM quarantine_share WHERE records <= 0")
    return taken


def find(connection: Connection, wanted: Wanted, after_id: int, limit: int) -> Sequence[SetAside]:
    """Read the oldest `limit` of what is wanted above an id, oldest first."""
    asked = _asked(wanted) | {"after": after_id, "limit": max(limit, 0)}
    return tuple(_entry(*columns) for columns in connection.execute(_FIND, asked))


def find_newest(connection: Connection, wanted: Wanted, limit: int) -> Sequence[SetAside]:
    """Read the newest `limit` of what is wanted, newest first."""
    asked = _asked(wanted) | {"limit": max(limit, 0)}
    return tuple(_entry(*columns) for columns in connection.execute(_FIND_NEWEST, asked))


def count(connection: Connection, wanted: Wanted) -> int:
    """Count what is wanted."""
    (total,) = connection.execute(f"SELECT count(*) {_WANTED}", _asked(wanted)).fetchone()
    return int(total)


def read_heaps(connection: Connection, wanted: Wanted, limit: int) -> Sequence[Heap]:
    """Read how much of what is wanted is there, by gateway and reason, the largest `limit` first."""
    rows = connection.execute(_HEAPS, _asked(wanted) | {"limit": max(limit, 0)})
    return tuple(
        Heap(
            gateway=gateway,
            reason=reason,
            records=records,
            first_received_ms=first_ms,
            last_received_ms=last_ms,
            tried_ms=tried_ms,
        )
        for gateway, reason, records, first_ms, last_ms, tried_ms in rows
    )


def read_newest(connection: Connection, limit: int) -> Sequence[QuarantinedRecord]:
    """Read the newest `limit`, newest first."""
    return tuple(_record(*columns) for columns in connection.execute(_NEWEST, (max(limit, 0),)))


def read_shares(connection: Connection) -> Sequence[Share]:
    """Read how much each gateway takes, by its name."""
    rows = connection.execute("SELECT gateway, records, bytes FROM quarantine_share ORDER BY gateway")
    return tuple(
        Share(
            gateway=gateway,
            records=records,
            size_bytes=size,
            most_records=MOST_RECORDS,
            most_bytes=MOST_BYTES,
        )
        for gateway, records, size in rows
    )


def _keep(connection: Connection, item: QuarantinedRecord) -> Kept:
    if item.seq and identities.is_stored(connection, item.gateway, item.epoch, item.seq):
        return Kept.KNOWN
    if not _has_room(connection, item):
        return Kept.KNOWN if _is_kept(connection, item) else _refused(item)
    if not connection.execute(_KEEP, (*_row(item), _digest(item))).rowcount:
        return Kept.KNOWN
    connection.execute(_GROW, (item.gateway, 1, _size(item)))
    return Kept.NEW


def _refused(item: QuarantinedRecord) -> Kept:
    if item.content_type == LINE_PROTOCOL:  # its record is acknowledged as stored: so nothing may be
        raise StorageError(
            f"quarantine has no room for the points of gateway {item.gateway} that InfluxDB refuses: "
            "see `carewire cloud quarantine list`, mend the cause, then replay"
        )
    return Kept.REFUSED


def _has_room(connection: Connection, item: QuarantinedRecord) -> bool:
    records, size = _share(connection, item.gateway) or (0, 0)
    return records < MOST_RECORDS and size + _size(item) <= MOST_BYTES


def _share(connection: Connection, gateway: str) -> tuple[int, int] | None:
    row: tuple[int, int] | None = connection.execute(
        "SELECT records, bytes FROM quarantine_share WHERE gateway = ?", (gateway,)
    ).fetchone()
    return row


def _is_kept(connection: Connection, item: QuarantinedRecord) -> bool:
    key = (item.gateway, item.epoch, item.seq, _digest(item))
    return connection.execute(_IS_KEPT, key).fetchone() is not None


def _taken(connection: Connection, entries: Collection[int]) -> Iterator[QuarantinedRecord]:
    for number in entries:
        columns = connection.execute(_TAKE, (number,)).fetchone()
        if columns:
            yield _record(*columns)


def _asked(wanted: Wanted) -> dict[str, str | int | None]:
    return {
        "gateway": wanted.gateway,
        "reason": wanted.reason,
        "since_ms": wanted.since_ms,
        "ids": None if wanted.ids is None else f"[{','.join(map(str, wanted.ids))}]",
    }


def _row(item: QuarantinedRecord) -> tuple[str | int | bytes, ...]:
    return (
        item.gateway,
        item.epoch,
        item.seq,
        item.payload,
        item.content_type,
        item.reason,
        item.received_ms,
        item.header,
    )


def _entry(number: int, tried_ms: int | None, *columns: Any) -> SetAside:  # noqa: ANN401 - a row
    return SetAside(id=number, record=_record(*columns), tried_ms=tried_ms)


def _record(  # noqa: PLR0913, PLR0917 - the columns
    gateway: str,
    epoch: str,
    seq: int,
    payload: bytes,
    content_type: str,
    reason: str,
    received_ms: int,
    header: bytes,
) -> QuarantinedRecord:
    return QuarantinedRecord(
        gateway=gateway,
        epoch=epoch,
        seq=seq,
        payload=payload,
        content_type=content_type,
        reason=reason,
        received_ms=received_ms,
        header=header,
    )


def _size(item: QuarantinedRecord) -> int:
    return len(item.payload) + len(item.header)


def _digest(item: QuarantinedRecord) -> bytes:
    # A payload without an identity is one thing however often it is sent again.
    return b"" if item.seq else hashlib.sha256(item.payload).digest()
