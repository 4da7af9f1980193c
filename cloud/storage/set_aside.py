"""The quarantine table: what could not be stored, whole, until it is replayed after a fix."""

import hashlib
from collections.abc import Sequence
from sqlite3 import Connection

from cloud.ports import QuarantinedRecord
from cloud.storage import identities
from cloud.storage.ranges import Ranges

_KEEP = """
INSERT INTO quarantine (gateway, epoch, seq, digest, payload, content_type, reason, received_ms)
VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
_NEWEST = """
SELECT gateway, epoch, seq, payload, content_type, reason, received_ms
FROM quarantine ORDER BY id DESC LIMIT ?
"""


def set_aside(connection: Connection, item: QuarantinedRecord) -> bool:
    """Keep `item` unless its identity is stored or set aside already; tell whether it was new."""
    if item.seq and identities.is_stored(connection, item.gateway, item.epoch, item.seq):
        fresh = False
    else:
        fresh = _keep(connection, item)
    if not fresh:
        identities.add_duplicates(connection, item.gateway, item.epoch, 1)
    return fresh


def release(connection: Connection, gateway: str, epoch: str, stored: Ranges) -> None:
    """Forget what was set aside and is now stored after all."""
    connection.executemany(
        "DELETE FROM quarantine WHERE gateway = ? AND epoch = ? AND seq BETWEEN ? AND ?",
        [(gateway, epoch, first, last) for first, last in stored],
    )


def read_newest(connection: Connection, limit: int) -> Sequence[QuarantinedRecord]:
    """Read the newest `limit`, newest first."""
    rows = connection.execute(_NEWEST, (max(limit, 0),))
    return tuple(
        QuarantinedRecord(
            gateway=gateway,
            epoch=epoch,
            seq=seq,
            payload=payload,
            content_type=content_type,
            reason=reason,
            received_ms=received_ms,
        )
        for gateway, epoch, seq, payload, content_type, reason, received_ms in rows
    )


def count(connection: Connection) -> int:
    """Count everything set aside."""
    (total,) = connection.execute("SELECT count(*) FROM quarantine").fetchone()
    return int(total)


def _keep(connection: Connection, item: QuarantinedRecord) -> bool:
    # A payload without an identity is one thing however often it is sent again.
    digest = b"" if item.seq else hashlib.sha256(item.payload).digest()
    cursor = connection.execute(
        _KEEP,
        (
            item.gateway,
            item.epoch,
            item.seq,
            digest,
            item.payload,
            item.content_type,
            item.reason,
            item.received_ms,
        ),
    )
    return cursor.rowcount > 0
