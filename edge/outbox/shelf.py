"""How records lie in the file: putting one, making room, turning one into a gap, taking some off.

Every function works inside its caller's transaction and keeps the epochs' accounts with it.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

from edge.outbox.epochs import Epoch, Epochs
from edge.outbox.frame import OVERHEAD_BYTES, Frame, pack, unpack
from edge.outbox.lanes import Extent, Lane, gap_for
from edge.outbox.schema import SEQ_SPAN, key_of, seq_of
from vitals.errors import StorageError
from vitals.records import GapReason
from vitals.wire.envelope import encode_record

_WORTH_GIVING_UP_BYTES: Final = 512  # a gap in place of less would save nothing
_AT_ONCE: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A record on its way in."""

    lane: Lane
    extent: Extent
    payload: bytes

    @property
    def size_bytes(self) -> int:
        """What it will weigh in the file, at most."""
        return len(self.payload) + OVERHEAD_BYTES


class Shelf:
    """The records of one file, seen through one connection."""

    def __init__(self, connection: sqlite3.Connection, epochs: Epochs) -> None:
        self.connection = connection
        self._epochs = epochs

    def held_bytes(self) -> int:
        """Return what all records weigh."""
        return int(self._one("SELECT coalesce(sum(held_bytes), 0) FROM epoch")[0])

    def put(self, entry: Entry) -> int:
        """Give `entry` the next number of its lane; return what it weighs."""
        epoch = self._epochs.current(entry.lane)
        (seq,) = self._one("UPDATE epoch SET made = made + 1 WHERE number = ? RETURNING made", epoch.number)
        stored = pack(Frame(epoch=epoch.name, seq=seq, payload=entry.payload))
        extent = entry.extent
        self.connection.execute(
            "INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                key_of(epoch.number, seq),
                extent.device,
                extent.kind,
                extent.from_ms,
                extent.to_ms,
                extent.samples,
                entry.lane is Lane.WAVEFORMS and len(stored) > _WORTH_GIVING_UP_BYTES,
                stored,
            ),
        )
        self._account(epoch.number, records=1, size_bytes=len(stored))
        return len(stored)

    def whole(self, epoch: Epoch, first: int, last: int) -> Iterator[tuple[int, bytes | None]]:
        """Yield seq and payload from `first` to `last`; None for one whose bytes have changed."""
        rows = self.connection.execute(
            "SELECT key, frame FROM record WHERE key BETWEEN ? AND ? ORDER BY key",
            (key_of(epoch.number, first), key_of(epoch.number, last)),
        )
        with closing(rows):
            for key, stored in rows:
                found = unpack(stored)
                seq = seq_of(key)
                yield (
                    seq,
                    found.payload if found and (found.epoch, found.seq) == (epoch.name, seq) else None,
                )

    def take_off(self, epoch: Epoch, first: int, last: int) -> int:
        """Delete `first` to `last`; return how many there were."""
        rows = self.connection.execute(
            "DELETE FROM record WHERE key BETWEEN ? AND ? RETURNING length(frame)",
            (key_of(epoch.number, first), key_of(epoch.number, last)),
        ).fetchall()
        self._account(epoch.number, records=-len(rows), size_bytes=-sum(size for (size,) in rows))
        return len(rows)

    def settle(self, epoch: Epoch, *, stored: int, quarantined: int) -> None:
        """Enter what the cloud took into the epoch's account."""
        self.connection.execute(
            "UPDATE epoch SET stored = stored + ?, quarantined = quarantined + ? WHERE number = ?",
            (stored, quarantined, epoch.number),
        )

    def make_room(self, wanted_bytes: int) -> tuple[int, int]:
        """Turn the oldest waveforms into gaps to free `wanted_bytes`; return bytes freed and how many."""
        freed = count = 0
        while freed < wanted_bytes:
            rows = self.connection.execute(
                "SELECT key FROM record WHERE gives_way ORDER BY key LIMIT ?", (_AT_ONCE,)
            ).fetchall()
            for (key,) in rows:
                freed += self.become_gap(key, GapReason.OUTBOX_FULL)
                count += 1
                if freed >= wanted_bytes:
                    break
            if not rows:
                break
        return freed, count

    def become_gap(self, key: int, reason: GapReason) -> int:
        """Replace a record, under its own number, by the statement that it is gone; return bytes freed."""
        device, kind, from_ms, to_ms, samples, size_bytes = self._one(
            "SELECT device, kind, from_ms, to_ms, samples, length(frame) FROM record WHERE key = ?", key
        )
        extent = Extent(device=device, kind=kind, from_ms=from_ms, to_ms=to_ms, samples=samples)
        epoch = self._epochs.numbered(key // SEQ_SPAN)
        payload = encode_record(gap_for(extent, reason))
        stored = pack(Frame(epoch=epoch.name, seq=seq_of(key), payload=payload))
        self.connection.execute("UPDATE record SET frame = ?, gives_way = 0 WHERE key = ?", (stored, key))
        self._account(epoch.number, records=0, size_bytes=len(stored) - size_bytes)
        return int(size_bytes) - len(stored)

    def mend(self, epoch: Epoch, seq: int) -> bytes:
        """Replace a record whose bytes have changed by a gap; return the gap."""
        key = key_of(epoch.number, seq)
        self.become_gap(key, GapReason.OUTBOX_DAMAGED)
        mended = unpack(self._one("SELECT frame FROM record WHERE key = ?", key)[0])
        if mended is None:
            raise StorageError("the outbox's disk does not keep what is written: replace it")
        return mended.payload

    def remember_loss(self, extent: Extent, reason: GapReason) -> None:
        """Keep a loss that has no number yet; losses of one kind from one device run together."""
        self.connection.execute(
            "INSERT INTO loss VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
            " from_ms = min(from_ms, excluded.from_ms), to_ms = max(to_ms, excluded.to_ms),"
            " samples = samples + excluded.samples",
            (extent.device, extent.kind, reason, extent.from_ms, extent.to_ms, extent.samples),
        )

    def number_losses(self) -> bool:
        """Put the losses remembered so far among the events, as gaps; tell whether there were any."""
        rows = self.connection.execute(
            "SELECT device, kind, from_ms, to_ms, samples, reason FROM loss ORDER BY from_ms"
        ).fetchall()
        for device, kind, from_ms, to_ms, samples, reason in rows:
            extent = Extent(device=device, kind=kind, from_ms=from_ms, to_ms=to_ms, samples=samples)
            self.put_gap(extent, GapReason(reason))
        self.connection.execute("DELETE FROM loss")
        return bool(rows)

    def put_gap(self, extent: Extent, reason: GapReason) -> None:
        """State a loss among the events."""
        payload = encode_record(gap_for(extent, reason))
        self.put(Entry(lane=Lane.EVENTS, extent=extent, payload=payload))

    def _account(self, epoch_number: int, *, records: int, size_bytes: int) -> None:
        self.connection.execute(
            "UPDATE epoch SET held = held + ?, held_bytes = held_bytes + ? WHERE number = ?",
            (records, size_bytes, epoch_number),
        )

    def _one(self, statement: str, *parameters: int) -> tuple[Any, ...]:
        row: tuple[Any, ...] = self.connection.execute(statement, parameters).fetchone()
        return row
