"""The role that speaks with gateways: it takes in, stores, acknowledges, and sends what is asked of them."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cloud.bootstrap.erasing import erasing_over
from cloud.bootstrap.foundation import Foundation
from cloud.bootstrap.gateways import gatekeeping_over, standings_over, twin_watch_over
from cloud.bootstrap.rollouts import conductor_over, running_log_over
from cloud.bootstrap.threads import Part, WorkThread
from cloud.commands.sender import CommandSender
from cloud.ingest.measured_store import MeasuredStore
from cloud.ingest.running import Ingest
from cloud.metrics import IngestCollector
from cloud.ports import IdentifiedRecord
from cloud.roles.told_presence import PresenceTeller
from cloud.storage.relational.letting_go import BookUpkeep
from cloud.storage.upkeep import Upkeeps, UpkeepWork

__all__ = ["Ingesting", "ingesting_over"]

Listener = Callable[[list[IdentifiedRecord]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingesting:
    """Ingest, what sends commands over its connection, and what tells other processes of presence."""

    ingest: Ingest
    sender: CommandSender
    teller: PresenceTeller
    parts: tuple[Part, ...]
    """Ingest, the sender, the conductor, and what time does to what is stored, where that is left to us."""


def ingesting_over(base: Foundation, listeners: Sequence[Listener]) -> Ingesting:
    """Join it; each listener is told of what was committed, and may be added until it starts."""
    relational = base.stores.relational

    def on_committed(records: list[IdentifiedRecord]) -> None:
        for listener in listeners:
            listener(records)

    ingest = Ingest(
        base.settings.mqtt,
        store=MeasuredStore(store=base.stores.series.records, observe=base.metrics.commit_s.observe),
        devices=relational.directory,
        answers=relational.commands,
        clock=base.clock,
        on_committed=on_committed,
        standing=standings_over(relational),
        twins=twin_watch_over(relational),
    )
    base.metrics.add(
        IngestCollector(
            ingest=ingest.health,
            desk_waiting=lambda: ingest.batches.present,
            gateways=base.stores.series.gateways,
            clock=base.clock,
        )
    )
    sender = CommandSender(
        book=relational.commands,
        channel=ingest.commands,
        online=ingest.presence.online,
        clock=base.clock,
        monotonic_s=time.monotonic,
        real_s=base.clock.real_s,
    )
    return Ingesting(
        ingest=ingest,
        sender=sender,
        teller=PresenceTeller(onlines=ingest.presence.onlines, book=relational.presence),
        parts=(
            ingest,
            WorkThread(name="commands", work=sender, own_troubles=sender.troubles),
            conductor_over(base, ingest.presence.online, sender.wake),
            running_log_over(base),
            _upkeep(base),
            *gatekeeping_over(base),
            erasing_over(base.stores, base.settings, base.clock, after_issue=sender.wake),
        ),
    )


def _upkeep(base: Foundation) -> WorkThread:
    books = BookUpkeep(base.stores.relational.database, base.settings.retention.books())
    work = UpkeepWork(Upkeeps(base.stores.series.upkeep, books), base.clock)
    return WorkThread(name="upkeep", work=work, own_troubles=work.troubles)
