"""The durable queue between everything the gateway learns and the cloud.

Three lanes, each with its epoch and its gapless seq from 1. A record leaves when the cloud's
acknowledgement names it, and on nothing else. What cannot be kept is replaced, under its own
number, by a `Gap` that says so: every number ever given out is held, acknowledged or declared lost.
"""

import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple, Self, TypeVar

import msgspec
import structlog

from edge.outbox.epochs import Epoch, Epochs
from edge.outbox.lanes import GATEWAY_DEVICE, LANES, Extent, Lane, extent_of, gap_for, lane_of
from edge.outbox.pressure import PressureGauge
from edge.outbox.reckoning import Reckoning, Timekeeper, making_of, reckoned
from edge.outbox.run import MAX_RUN_BYTES, Run, first_run
from edge.outbox.salvage import Salvage, is_interrupted, salvage
from edge.outbox.schema import SEQ_SPAN, connect, is_corruption, is_sound, refusal
from edge.outbox.shelf import Entry, Shelf
from edge.outbox.status import OutboxStatus, status_of
from edge.ports import Pressure
from vitals.errors import StorageError, ValidationError
from vitals.records import AnyRecord, GapReason
from vitals.wire.envelope import Ack, encode_record

_log = structlog.get_logger()
_T = TypeVar("_T")
_NOTHING_SENT: Final[Mapping[str, int]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """How many records an acknowledgement let go of."""

    epoch: str
    stored: int = 0
    quarantined: int = 0


class _Reading(NamedTuple):
    """One look for a run, within a transaction."""

    shelf: Shelf
    noted: Counter[str]
    max_bytes: int
    target_bytes: int


class Outbox:
    """Holds records until the cloud says they are stored. Safe to use from several threads."""

    def __init__(
        self, path: Path, *, timekeeper: Timekeeper, new_epoch: Callable[[str], str], max_bytes: int
    ) -> None:
        """Use `Outbox.open`."""
        self._path = path
        self._timekeeper = timekeeper
        self._new_epoch = new_epoch
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._counters: Counter[str] = Counter()
        self._gauge = PressureGauge(max_bytes=max_bytes)
        self._connection: sqlite3.Connection | None = None
        self._openings = 0
        self._begin()

    @classmethod
    def open(
        cls, path: Path, *, timekeeper: Timekeeper, new_epoch: Callable[[str], str], max_bytes: int
    ) -> Self:
        """Open the file, salvaging it if it is damaged.

        `new_epoch` makes an epoch's name from its lane's. A boot that finds the file not closed by an
        earlier one begins new epochs: after a power cut a cheap card may have forgotten what it called
        written, and no number may be given twice.

        Raises
        ------
        StorageError
            If the file cannot be opened or made.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(
                f"{path.parent} cannot be made ({error}): let the gateway's user write there"
            ) from error
        return cls(path, timekeeper=timekeeper, new_epoch=new_epoch, max_bytes=max_bytes)

    # --- In ---------------------------------------------------------------------------------

    def append(self, records: Sequence[AnyRecord]) -> None:
        """Make `records` durable, in this order, before returning.

        When the outbox is full the oldest waveforms become gaps, then new observations and
        waveforms do; events always enter. A record no batch can carry becomes a gap.

        Raises
        ------
        ValidationError
            If some break their contract: they are counted and refused, the others are kept.
        StorageError
            If the disk refuses: none of `records` is kept.
        """
        entries: list[Entry] = []
        faults: list[str] = []
        for record in records:
            try:
                entries.append(self._entry(record))
            except (ValidationError, msgspec.MsgspecError, TypeError, ValueError, OverflowError) as error:
                faults.append(str(error))
        if entries:
            self._follow_the_clock()
            self._durably(lambda shelf, noted: self._put_all(shelf, noted, entries))
        if faults:
            self._count("outbox.invalid", len(faults))
            raise ValidationError(
                f"{len(faults)} of {len(records)} records refused and the others kept; "
                f"the first because: {faults[0]}"
            )

    def _entry(self, record: AnyRecord) -> Entry:
        payload, extent = encode_record(record), extent_of(record)
        if len(payload) <= MAX_RUN_BYTES:
            return Entry(lane=lane_of(record), extent=extent, payload=payload)
        self._count("outbox.oversize")
        _log.error("outbox.oversize", kind=extent.kind, size_bytes=len(payload), limit_bytes=MAX_RUN_BYTES)
        gap = gap_for(extent, GapReason.OVERSIZE)
        return Entry(lane=Lane.EVENTS, extent=extent, payload=encode_record(gap))

    def _put_all(self, shelf: Shelf, noted: Counter[str], entries: Sequence[Entry]) -> None:
        room = self._max_bytes - shelf.held_bytes()
        for entry in entries:
            if entry.size_bytes > room:
                freed, given_way = shelf.make_room(entry.size_bytes - room)
                room += freed
                noted["outbox.given_way"] += given_way
            if entry.size_bytes > room and entry.lane is not Lane.EVENTS:
                shelf.remember_loss(entry.extent, GapReason.OUTBOX_FULL)
                noted["outbox.refused"] += 1
            else:
                room -= shelf.put(entry)
                noted["outbox.appended"] += 1
        self._gauge.held(self._max_bytes - room)

    # --- Out --------------------------------------------------------------------------------

    def next_batch(
        self,
        *,
        after: Mapping[str, int] = _NOTHING_SENT,
        lanes: Sequence[Lane] = LANES,
        max_bytes: int = MAX_RUN_BYTES,
        target_bytes: int = MAX_RUN_BYTES,
    ) -> Run | None:
        """Return the first run, of the first of `lanes` that has one, beyond `after`.

        `after` holds, for an epoch, the last seq already on its way. A run ends before it exceeds
        `target_bytes`, unless by its only record. A record larger than `max_bytes` is passed over:
        it waits for a way that takes it, and is counted and logged once.

        Raises
        ------
        StorageError
            If the disk fails.
        """

        def read(shelf: Shelf, noted: Counter[str]) -> Run | None:
            for lane in lanes:
                run = self._next_of(lane, _Reading(shelf, noted, max_bytes, target_bytes), after)
                if run is None and lane is Lane.EVENTS and shelf.number_losses():
                    run = self._next_of(lane, _Reading(shelf, noted, max_bytes, target_bytes), after)
                if run is not None:
                    return run
            return None

        return self._offer(self._durably(read))

    def batch_again(self, epoch: str, first: int, last: int, *, max_bytes: int = MAX_RUN_BYTES) -> Run | None:
        """Return the first run still held of seqs `first` to `last`.

        Raises
        ------
        StorageError
            If the disk fails.
        """

        def read(shelf: Shelf, noted: Counter[str]) -> Run | None:
            known = self._epochs.named(epoch)
            reading = _Reading(shelf, noted, max_bytes, max_bytes)
            return None if known is None else self._run(reading, known, first, last)

        return self._offer(self._durably(read))

    def _next_of(self, lane: Lane, reading: _Reading, after: Mapping[str, int]) -> Run | None:
        runs = (
            self._run(reading, epoch, after.get(epoch.name, 0) + 1, SEQ_SPAN - 1)
            for epoch in self._epochs.of(lane)
        )
        return next((run for run in runs if run is not None), None)

    def _run(self, reading: _Reading, epoch: Epoch, first: int, last: int) -> Run | None:
        found = first_run(self._sendable(reading, epoch, first, last), reading.target_bytes)
        if found is None:
            return None
        made = making_of(reading.shelf.connection, epoch.name)
        return Run(lane=epoch.lane, epoch=epoch.name, first_seq=found[0], payloads=found[1], made=made)

    def _sendable(
        self, reading: _Reading, epoch: Epoch, first: int, last: int
    ) -> Iterator[tuple[int, bytes]]:
        """Yield what can go: a record whose bytes have changed goes as a gap, a too large one stays."""
        for seq, stored in reading.shelf.whole(epoch, first, last):
            payload = stored
            if payload is None:
                reading.noted["outbox.damaged"] += 1
                payload = reading.shelf.mend(epoch, seq)
            if len(payload) <= reading.max_bytes:
                yield seq, payload
            elif (epoch.name, seq) not in self._passed_over:
                self._passed_over.add((epoch.name, seq))
                reading.noted["outbox.passed_over"] += 1
                _log.error(
                    "outbox.passed_over",
                    epoch=epoch.name,
                    seq=seq,
                    size_bytes=len(payload),
                    limit_bytes=reading.max_bytes,
                    remedy="let the broker take larger packets",
                )

    def _offer(self, run: Run | None) -> Run | None:
        if run is not None:
            with self._lock:
                self._offered[run.epoch] = max(self._offered.get(run.epoch, 0), run.last_seq)
        return run

    # --- Gone -------------------------------------------------------------------------------

    def acknowledge(self, ack: Ack) -> Acknowledged:
        """Delete exactly what the cloud names as stored or set aside, of what was offered to it.

        An acknowledgement of another outbox, of what is gone already, or of what was never
        offered is ignored and counted.

        Raises
        ------
        StorageError
            If the disk fails; nothing is deleted, and the records will be sent again.
        """

        def delete(shelf: Shelf, noted: Counter[str]) -> Acknowledged | None:
            epoch = self._epochs.named(ack.epoch)
            return None if epoch is None else self._take_off(shelf, noted, epoch, ack)

        done = self._durably(delete)
        if done is None:
            self._count("outbox.ack_foreign")
            return Acknowledged(epoch=ack.epoch)
        if not done.stored and not done.quarantined:
            self._count("outbox.ack_stale")
        _log.debug("outbox.acknowledged", epoch=done.epoch, count=done.stored, quarantined=done.quarantined)
        return done

    def _take_off(self, shelf: Shelf, noted: Counter[str], epoch: Epoch, ack: Ack) -> Acknowledged:
        offered = self._offered.get(epoch.name, 0)
        last_named = max(
            [last for _, last in ack.stored] + [aside.seq for aside in ack.quarantined], default=0
        )
        noted["outbox.ack_beyond"] += last_named > offered
        done = Acknowledged(
            epoch=epoch.name,
            stored=sum(shelf.take_off(epoch, first, min(last, offered)) for first, last in ack.stored),
            quarantined=sum(
                shelf.take_off(epoch, aside.seq, min(aside.seq, offered)) for aside in ack.quarantined
            ),
        )
        shelf.settle(epoch, stored=done.stored, quarantined=done.quarantined)
        self._gauge.held(shelf.held_bytes())
        noted["outbox.acknowledged"] += done.stored
        noted["outbox.quarantined"] += done.quarantined
        return done

    # --- About ------------------------------------------------------------------------------

    def status(self) -> OutboxStatus:
        """Return how much waits, since when, and the account of every epoch."""
        return self._durably(lambda shelf, _: status_of(shelf.connection))

    @property
    def counters(self) -> Mapping[str, int]:
        """What happened since the start, by event name; told at once, however slow the disk is."""
        return dict(self._counters)  # without the lock: a transaction holds it until the disk is done

    @property
    def pressure(self) -> Pressure:
        """How hard it is pressed: what those who bring bulk should heed."""
        return self._gauge.pressure

    @property
    def openings(self) -> int:
        """How often the file was opened; each time, nothing of what it holds counts as offered."""
        return self._openings

    def close(self) -> None:
        """Close the file; what it holds stays. Later calls raise StorageError."""
        with self._lock:
            if self._connection is not None:
                with suppress(sqlite3.Error):
                    self._connection.execute("DELETE FROM opened")
                self._connection.close()

    # --- The file ---------------------------------------------------------------------------

    def _durably(self, work: Callable[[Shelf, Counter[str]], _T]) -> _T:
        """Do `work` in one transaction, on the disk on return; salvage once if the file turns out torn."""
        with self._lock:
            try:
                return self._in_transaction(work)
            except sqlite3.Error as error:
                if not is_corruption(error):
                    raise self._refused(error) from error
                _log.exception("outbox.corrupt", file=self._path.name)
            self._begin()
            try:
                return self._in_transaction(work)
            except sqlite3.Error as error:
                raise self._refused(error) from error

    def _in_transaction(self, work: Callable[[Shelf, Counter[str]], _T]) -> _T:
        connection = self._connection or self._begin()
        noted: Counter[str] = Counter()
        with _transaction(connection):
            outcome = work(Shelf(connection, self._epochs), noted)
        self._counters.update(noted)
        return outcome

    def _refused(self, error: sqlite3.Error) -> StorageError:
        self._counters["outbox.storage_errors"] += 1
        self._gauge.refused()
        return refusal(self._path, error)

    def _count(self, event: str, times: int = 1) -> None:
        with self._lock:
            self._counters[event] += times

    def _begin(self) -> sqlite3.Connection:
        """Open the file, or open it again after damage was found in it."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        salvaged: Salvage | None = None
        if is_interrupted(self._path) or (self._path.exists() and not is_sound(self._path)):
            salvaged = salvage(self._path, now_ms=self._timekeeper.wall_ms())
        try:
            connection = connect(self._path)
            with _transaction(connection):
                self._take_over(connection, salvaged)
        except sqlite3.Error as error:
            raise refusal(self._path, error) from error
        self._connection = connection
        self._openings += 1
        return connection

    def _take_over(self, connection: sqlite3.Connection, salvaged: Salvage | None) -> None:
        left_open_by = {row[0] for row in connection.execute("SELECT boot_id FROM opened")}
        is_doubtful = bool(left_open_by - {self._timekeeper.boot_id})
        self._epochs = Epochs.begin(connection, self._new_epoch, renew=salvaged is not None or is_doubtful)
        self._epochs, self._rests_on = reckoned(
            connection, self._epochs, self._timekeeper.now(), self._new_epoch
        )
        self._offered: dict[str, int] = {}
        self._passed_over: set[tuple[str, int]] = set()
        connection.execute("DELETE FROM opened")
        connection.execute("INSERT INTO opened VALUES (?)", (self._timekeeper.boot_id,))
        if is_doubtful:
            self._counters["outbox.epochs_renewed"] += 1
            _log.warning("outbox.epochs_renewed", reason="the machine stopped without closing the outbox")
        shelf = Shelf(connection, self._epochs)
        if salvaged is not None:
            self._state(shelf, salvaged)
        self._gauge.held(shelf.held_bytes())

    def _follow_the_clock(self) -> None:
        """Begin new epochs when the clock was set, or came under NTP's hold."""
        now = self._timekeeper.now()
        if self._rests_on.outlives(now):
            return
        moved_ms = now.offset_ms - self._rests_on.offset_ms

        def renew(shelf: Shelf, noted: Counter[str]) -> tuple[Epochs, Reckoning]:
            noted["outbox.clock_set"] += 1
            return reckoned(shelf.connection, self._epochs, self._timekeeper.now(), self._new_epoch)

        self._epochs, self._rests_on = self._durably(renew)
        _log.info("outbox.clock_set", synced=now.synced, moved_ms=moved_ms)

    def _state(self, shelf: Shelf, salvaged: Salvage) -> None:
        now_ms = self._timekeeper.wall_ms()
        from_ms = now_ms if salvaged.from_ms is None else min(salvaged.from_ms, now_ms)
        shelf.put_gap(
            Extent(
                device=GATEWAY_DEVICE, kind="outbox", from_ms=from_ms, to_ms=now_ms, samples=salvaged.lost
            ),
            GapReason.OUTBOX_DAMAGED,
        )
        self._counters["outbox.salvaged"] += 1
        _log.error(
            "outbox.salvaged", count=salvaged.records, lost=salvaged.lost, kept_aside=salvaged.aside.name
        )


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
