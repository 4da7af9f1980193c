"""Ingest: read, identify, commit in one transaction, and only then say so.

The order is the promise: an acknowledgement is made from what `commit` returned for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import structlog

from cloud.gateways.standing import Standing, Unquestioned
from cloud.gateways.twins import TwinWatch
from cloud.ingest import quarantine
from cloud.ingest.acknowledge import GatewayAck, acks_of
from cloud.ingest.binding import identify_all, times_of_devices
from cloud.ingest.household import apart
from cloud.ingest.reading import Reading, read
from cloud.ports import (
    ERASED,
    AckSender,
    AnswerBook,
    CommandAnswer,
    CommitOutcome,
    Committer,
    Delivery,
    Device,
    DeviceRegistry,
    IdentifiedRecord,
)
from cloud.storage.journal.ranges import Ranges, holds, union
from vitals.errors import StorageError
from vitals.records import AnyRecord, CommandReport, DeviceReport, GatewayReport
from vitals.wire.envelope import Ack, ContentType, Quarantined

_log = structlog.get_logger(__name__)

_OF_A_GATEWAY: Final = frozenset({GatewayReport, CommandReport})
"""Records that no device made, and nobody wore."""
_TOLD_ELSEWHERE: Final = frozenset({DeviceReport, CommandReport})
"""Records that something beside the store is told of."""

_AckKey = tuple[str, ContentType, str, AckSender | None]
"""What one acknowledgement speaks of, and the way it goes: gateway, encoding, epoch, reply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestStats:
    """Counts since the start, of records unless the name says otherwise."""

    deliveries: int = 0
    received: int = 0
    stored: int = 0
    duplicates: int = 0
    quarantined: int = 0
    refused: int = 0
    """Not stored and not acknowledged: quarantine has no room."""
    turned_away: int = 0
    """Deliveries of gateways that were revoked: neither stored nor set aside, so never acknowledged."""
    clock_doubtful: int = 0
    unbound: int = 0
    erased: int = 0
    """Acknowledged and not kept: whoever wore the device then was erased."""
    failures: int = 0


class IngestService:
    """Makes deliveries durable. Used by one thread at a time; `stats` may be read by any."""

    def __init__(  # noqa: PLR0913 - the ports it stands on
        self,
        *,
        store: Committer,
        devices: DeviceRegistry,
        answers: AnswerBook,
        standing: Standing | None = None,
        twins: TwinWatch | None = None,
        on_committed: Callable[[list[IdentifiedRecord]], None] = lambda _: None,
    ) -> None:
        """Take the stores, and whom to tell of what was committed, duplicates included."""
        self._standing = standing or Unquestioned()
        self._twins = twins
        self._store = store
        self._devices = devices
        self._answers = answers
        self._on_committed = on_committed
        self._stats = IngestStats()

    @property
    def stats(self) -> IngestStats:
        """Return the counts so far."""
        return self._stats

    def ingest(self, deliveries: Sequence[Delivery]) -> tuple[GatewayAck, ...]:
        """Make deliveries durable in one transaction and return what may be told to their gateways.

        Raises
        ------
        StorageError
            If a store refuses: nothing may be acknowledged, neither to gateway nor to broker.
        """
        deliveries, turned_away = self._let_in(deliveries)
        if not deliveries:
            return tuple(turned_away)
        readings = [read(delivery) for delivery in deliveries]
        self._look_for_twins(readings)
        try:
            readings = self._commit(readings)
        except StorageError:
            self._stats = replace(self._stats, failures=self._stats.failures + 1)
            raise
        except Exception:  # noqa: BLE001 - a fault over one delivery must not hold up the others for ever
            _log.exception("ingest.commit_failed_unexpectedly", deliveries=len(deliveries))
            self._stats = replace(self._stats, failures=self._stats.failures + 1)
            readings = [self._commit_alone(reading) for reading in readings]
        return (*_acks(readings), *turned_away)

    def _let_in(self, deliveries: Sequence[Delivery]) -> tuple[Sequence[Delivery], Sequence[GatewayAck]]:
        """Part what comes of gateways that are let in from the rest, which is told that nothing was taken."""
        out = {name for name in {one.gateway for one in deliveries} if self._standing.of(name).revoked_ms}
        if not out:
            return deliveries, ()
        refused = [one for one in deliveries if one.gateway in out]
        self._stats = replace(self._stats, turned_away=self._stats.turned_away + len(refused))
        _log.warning("ingest.turned_away", gateways=sorted(out), deliveries=len(refused))
        return [one for one in deliveries if one.gateway not in out], [
            _nothing_taken(one) for one in refused if one.reply is not None
        ]

    def _look_for_twins(self, readings: Sequence[Reading]) -> None:
        for one in readings:
            if self._twins is not None and one.fix is not None:
                self._twins.heard(one.delivery.gateway, one.fix.boot_id, one.delivery.received_ms)

    def _commit_alone(self, reading: Reading) -> Reading:
        try:
            (reading,) = self._commit([reading])
        except StorageError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the delivery is kept and the rest flows
            reason = f"this program failed on it: {type(error).__name__}; report it, then replay"
            epoch, aside = quarantine.by_header(reading.delivery, reading.kind, reason)
            (reading,) = self._commit([replace(reading, epoch=epoch, records=(), quarantined=aside)])
        return reading

    def _commit(self, readings: Sequence[Reading]) -> list[Reading]:
        """Store what was read, and return it without what quarantine had no room for."""
        readings, items = apart(readings, self._identified(readings), self._standing)
        outcome = self._store.commit(
            items,
            [aside for one in readings for aside in one.quarantined],
            [one.fix for one in readings if one.fix],
        )
        kept = [item for item in items if item.patient_id != ERASED]
        for item in kept:
            if type(item.record) in _TOLD_ELSEWHERE:
                self._tell_elsewhere(item, item.record)
        self._count(readings, items, outcome)
        self._tell(kept)
        return [_without(one, outcome.refused) for one in readings]

    def _identified(self, readings: Sequence[Reading]) -> list[IdentifiedRecord]:
        """Bind records to wearers, who are asked for once a commit and never kept.

        So what another process binds holds from the next commit on.
        """
        times = [times_of_devices(reading.records) for reading in readings]
        devices = frozenset().union(*times) - {""}
        wearings = self._devices.wearings_of(devices) if devices else {}
        return [
            item
            for reading, of_devices in zip(readings, times, strict=True)
            for item in identify_all(
                reading.records,
                of_devices,
                wearings,
                gateway=reading.delivery.gateway,
                epoch=reading.epoch,
                received_ms=reading.delivery.received_ms,
                clock=reading.clock,
            )
        ]

    def _tell_elsewhere(self, item: IdentifiedRecord, record: AnyRecord) -> None:
        match record:
            case DeviceReport():
                self._devices.note_device(_device(item, record))
            case CommandReport():
                self._answers.note_answer(_answer(item, record))

    def _tell(self, items: list[IdentifiedRecord]) -> None:
        try:
            self._on_committed(items)
        except Exception:  # noqa: BLE001 - it is stored; whoever shows it live has the trouble
            _log.exception("ingest.hook_failed")

    def _count(
        self, readings: Sequence[Reading], items: Sequence[IdentifiedRecord], outcome: CommitOutcome
    ) -> None:
        before = self._stats
        self._stats = replace(
            before,
            deliveries=before.deliveries + len(readings),
            received=before.received + sum(one.count for one in readings),
            stored=before.stored + outcome.fresh,
            duplicates=before.duplicates + outcome.duplicates,
            quarantined=before.quarantined + outcome.quarantined,
            refused=before.refused + len(outcome.refused),
            clock_doubtful=before.clock_doubtful + sum(item.clock_doubt is not None for item in items),
            unbound=before.unbound
            + sum(item.patient_id is None and type(item.record) not in _OF_A_GATEWAY for item in items),
            erased=before.erased + sum(item.patient_id == ERASED for item in items),
        )
        erased = self._stats.erased - before.erased
        if erased:
            _log.info("ingest.erased_wearer", discarded=erased)
        if outcome.quarantined:
            _log.warning("ingest.quarantined", count=outcome.quarantined)
        if outcome.refused:
            _log.error("ingest.quarantine_full", count=len(outcome.refused))


def _without(reading: Reading, refused: frozenset[tuple[str, str, int]]) -> Reading:
    if not refused:
        return reading
    kept = tuple(item for item in reading.quarantined if (item.gateway, item.epoch, item.seq) not in refused)
    return replace(reading, quarantined=kept)


def _nothing_taken(delivery: Delivery) -> GatewayAck:
    ack = Ack(epoch="", stored=[], quarantined=[])
    return GatewayAck(gateway=delivery.gateway, kind=ContentType.MSGPACK, ack=ack, reply=delivery.reply)


def _acks(readings: Sequence[Reading]) -> list[GatewayAck]:
    """Gather what the readings made durable, by gateway and epoch. A payload without seq has no ack."""
    stored: dict[_AckKey, Ranges] = {}
    aside: dict[_AckKey, dict[int, str]] = {}
    for one in readings:
        key = (one.delivery.gateway, one.kind, one.epoch, one.delivery.reply)
        stored[key] = union((*stored.get(key, ()), *one.stored))
        aside.setdefault(key, {}).update((q.seq, q.reason) for q in one.quarantined if q.seq)
    return [
        GatewayAck(gateway=gateway, kind=kind, ack=ack, reply=reply)
        for (gateway, kind, epoch, reply), ranges in stored.items()
        for ack in acks_of(
            epoch,
            ranges,
            [
                Quarantined(seq=seq, reason=reason)
                for seq, reason in aside[gateway, kind, epoch, reply].items()
                if not holds(ranges, seq)
            ],
        )
    ]


def _device(item: IdentifiedRecord, report: DeviceReport) -> Device:
    return Device(
        id=report.device,
        gateway=item.gateway,
        patient_id=item.patient_id,
        link=report.link,
        model=_text(report.model),
        battery_percent=report.battery_percent,
        on_body=report.on_body,
        reported_ms=report.t_ms,
        received_ms=item.received_ms,
        firmware=_text(report.firmware),
    )


def _answer(item: IdentifiedRecord, report: CommandReport) -> CommandAnswer:
    return CommandAnswer(
        gateway=item.gateway,
        command_id=report.id,
        name=report.name,
        outcome=report.outcome,
        detail=_text(report.detail) or "",
        t_ms=report.t_ms,
        received_ms=item.received_ms,
    )


def _text(value: str | None) -> str | None:
    """Return text a relational database takes: PostgreSQL refuses NUL."""
    return None if value is None else value.replace("\0", "")
