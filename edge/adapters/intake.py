"""The one task that takes from the inbox, runs the pipeline and makes its records durable."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from typing import Final

import msgspec
import structlog

from edge.adapters.inbox import Inbox, Item, Notification
from edge.alarms.local_alarm import AlarmKey
from edge.clock import Stamp
from edge.health import GatewayHealth
from edge.last_seen import Progress
from edge.outbox.lanes import extent_of, gap_for
from edge.pipeline import Pipeline
from edge.ports import RecordSink
from vitals.clock import Clock
from vitals.errors import StorageError, ValidationError
from vitals.records import AnyRecord, Gap, GapReason, HealthEvent

__all__ = ["Intake"]

_log = structlog.get_logger()

GATHER_S: Final = 0.25
"""How long records gather before they are written together; a health event never waits."""
_TICK_S: Final = 1.0
_RETRY_S: Final = 1.0
_LAST_TRIES: Final = 5
MOST_WAITING: Final = 20_000
"""Records kept in memory while the disk refuses them: some hours of one strap."""


@dataclass(slots=True, kw_only=True)
class Intake:
    """Keeps the order of things: what was notified first is durable first."""

    inbox: Inbox
    pipeline: Pipeline
    sink: RecordSink
    clock: Clock
    health: GatewayHealth
    after_write: Callable[[], None] = lambda: None
    remember: Callable[[Progress], None] = lambda _progress: None
    """Told, after each write, how far the records go that are safe."""
    observers: Sequence[Callable[[AnyRecord], None]] = ()
    """Told of each record as it is made, before it is durable: an alarm here never waits for a disk."""
    mark: Callable[[], None] = lambda: None
    """Called each time round: while it is, intake moves."""
    _waiting: list[AnyRecord] = field(default_factory=list)
    _stopping: bool = False

    async def run(self) -> None:
        """Take and write until `stop`; what is there then is written too."""
        while not self._stopping:
            self.mark()
            with suppress(TimeoutError):
                async with asyncio.timeout(_TICK_S):
                    await self.inbox.wait()
            if not self._take() and not self._stopping:
                await asyncio.sleep(GATHER_S)
                self._take()
            await self._write()
        self._take()
        self._waiting += self._guarded(self.pipeline.close)
        await self._write_the_last()

    def stop(self) -> None:
        """Let `run` finish: nothing more will be put into the inbox."""
        self._stopping = True

    def _take(self) -> bool:
        """Run what has gathered through the pipeline; tell whether anything in it is urgent."""
        fresh = [
            record
            for item in self.inbox.take_all()
            for record in self._guarded(partial(self._records_of, item), device=item.device)
        ]
        fresh += self._guarded(partial(self.pipeline.tick, Stamp.now(self.clock)))
        self._waiting += fresh
        self._tell(fresh)
        return any(isinstance(record, HealthEvent) for record in fresh)

    def _tell(self, records: list[AnyRecord]) -> None:
        for observer, record in product(self.observers, records):
            try:
                observer(record)
            except Exception:  # noqa: BLE001 - who looks on must not stop what is looked at, nor miss the next
                self.health.counters["intake.observer_failed"] += 1
                _log.exception("intake.observer_failed")

    def _guarded(self, work: Callable[[], list[AnyRecord]], *, device: str | None = None) -> list[AnyRecord]:
        """Let no single item, whatever it holds, stop all that follow."""
        try:
            return work()
        except Exception:  # noqa: BLE001 - a mistake of ours is logged whole and costs one item
            self.health.counters["intake.item_failed"] += 1
            _log.exception("intake.item_failed", device=device)
            return []

    def _records_of(self, item: Item) -> list[AnyRecord]:
        if isinstance(item, Notification):
            return self.pipeline.on_notification(item.device, item.uuid, item.value, item.received)
        return self.pipeline.on_link(
            item.device, item.link, item.received, reason=item.reason, rssi_dbm=item.rssi_dbm
        )

    async def _write(self) -> None:
        """Make durable what waits; while the disk refuses, keep it and say so."""
        if not self._waiting:
            return
        records, progress = self._waiting, self.pipeline.progress()
        self._waiting = []
        try:
            await self._without_deafness(partial(self.sink.append, records))
        except ValidationError as error:  # those that keep their contract are safe; the others never will be
            self.health.counters["intake.records_refused"] += 1
            _log.error("intake.records_refused", error=str(error))
        except StorageError as error:
            self.health.counters["intake.write_failed"] += 1
            self._set_alarm(stands=True, detail=str(error))
            self._waiting = within_bounds([*records, *self._waiting], MOST_WAITING)
            await asyncio.sleep(_RETRY_S)
            return
        self._set_alarm(stands=False)
        self.after_write()
        await self._remember(progress)

    async def _without_deafness(self, write: Callable[[], object]) -> None:
        """Wait for the disk, and hear the wearables meanwhile: an SD card may rest for many seconds."""
        writing = asyncio.ensure_future(asyncio.to_thread(write))
        while not (await asyncio.wait({writing}, timeout=_TICK_S))[0]:
            if not self._stopping:
                self._take()
        writing.result()

    async def _write_the_last(self) -> None:
        """Try a few times, for what a disk refuses now has nowhere else to go; then say what is lost."""
        for _ in range(_LAST_TRIES):
            await self._write()
            if not self._waiting:
                return
        _log.error("intake.lost_at_stop", count=len(self._waiting))

    async def _remember(self, progress: Progress) -> None:
        try:
            await asyncio.to_thread(self.remember, progress)
        except StorageError:
            self.health.counters["intake.last_seen_failed"] += 1

    def _set_alarm(self, *, stands: bool, detail: str = "") -> None:
        alarms, now_ms = self.health.alarms, self.clock.wall_ms()
        alarms.set(AlarmKey.OUTBOX_FAILED, stands=stands, t_ms=now_ms, detail=detail)


def within_bounds(records: list[AnyRecord], most: int) -> list[AnyRecord]:
    """Give up the oldest records over `most`, but no event; state the loss as one gap for each kind."""
    over = max(0, len(records) - most)
    oldest, rest = records[:over], records[over:]
    events = [record for record in oldest if isinstance(record, HealthEvent)]
    losses: dict[tuple[str, str], Gap] = {}
    for record in oldest:
        if not isinstance(record, HealthEvent):
            gap = gap_for(extent_of(record), GapReason.OUTBOX_FULL)
            losses[gap.device, gap.kind] = _joined(losses.get((gap.device, gap.kind)), gap)
    return [*losses.values(), *events, *rest]


def _joined(earlier: Gap | None, later: Gap) -> Gap:
    if earlier is None:
        return later
    return msgspec.structs.replace(
        later,
        from_ms=min(earlier.from_ms, later.from_ms),
        to_ms=max(earlier.to_ms, later.to_ms),
        missed=None if earlier.missed is None or later.missed is None else earlier.missed + later.missed,
    )
