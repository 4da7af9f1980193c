"""What was given up on purpose: the bytes go, that they were given up stays for ever."""

import hashlib
from collections.abc import Collection, Sequence
from sqlite3 import Connection

from cloud.ports import Discard, Discarded, QuarantinedRecord
from cloud.storage.journal import set_aside

_WRITE = """
INSERT INTO discarded
    (gateway, epoch, seq, sha256, bytes, reason, received_ms, discarded_by, discarded_ms, why)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_NEWEST = """
SELECT gateway, epoch, seq, sha256, bytes, reason, received_ms, discarded_by, discarded_ms, why
FROM discarded ORDER BY id DESC LIMIT ?
"""


def discard(connection: Connection, entries: Collection[int], why: Discard) -> Sequence[Discarded]:
    """Take entries out of quarantine for good, and write down what they were."""
    given_up = tuple(_described(item, why) for item in set_aside.take_out(connection, entries))
    connection.executemany(_WRITE, [_row(each) for each in given_up])
    return given_up


def read_newest(connection: Connection, limit: int) -> Sequence[Discarded]:
    """Read what was discarded last, newest first."""
    rows = connection.execute(_NEWEST, (max(limit, 0),))
    return tuple(
        Discarded(
            gateway=gateway,
            epoch=epoch,
            seq=seq,
            sha256=sha256,
            size_bytes=size,
            reason=reason,
            received_ms=received_ms,
            discard=Discard(by=by, at_ms=at_ms, why=why),
        )
        for gateway, epoch, seq, sha256, size, reason, received_ms, by, at_ms, why in rows
    )


def _described(item: QuarantinedRecord, why: Discard) -> Discarded:
    return Discarded(
        gateway=item.gateway,
        epoch=item.epoch,
        seq=item.seq,
        sha256=hashlib.sha256(item.payload).digest(),
        size_bytes=len(item.payload),
        reason=item.reason,
        received_ms=item.received_ms,
        discard=why,
    )


def _row(one: Discarded) -> tuple[str | int | bytes, ...]:
    return (
        one.gateway,
        one.epoch,
        one.seq,
        one.sha256,
        one.size_bytes,
        one.reason,
        one.received_ms,
        one.discard.by,
        one.discard.at_ms,
        one.discard.why,
    )
