"""Replay: what lies in quarantine goes through ingest once more, and leaves exactly when it is stored."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import structlog

from cloud.gateways.standing import Standing, Unquestioned
from cloud.ingest.service import IngestService
from cloud.ports import (
    LINE_PROTOCOL,
    AnswerBook,
    ClockFix,
    CommitOutcome,
    DeviceRegistry,
    GatewayStanding,
    IdentifiedRecord,
    Quarantine,
    QuarantinedRecord,
    ReplayStore,
    SetAside,
    Wanted,
)
from cloud.replay.deliveries import deliveries_of, is_one_value
from vitals.clock import Clock

__all__ = ["Replay", "Replayed"]

_ENTRIES_A_COMMIT: Final = 100

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What a replay did, in records: stored by it, stored already, and still set aside.

    `last_id` is the entry it tried last: one that goes on begins after it.
    """

    tried: int = 0
    stored: int = 0
    known: int = 0
    still_aside: int = 0
    last_id: int = field(default=0, compare=False)

    def __add__(self, other: "Replayed") -> "Replayed":
        return Replayed(
            tried=self.tried + other.tried,
            stored=self.stored + other.stored,
            known=self.known + other.known,
            still_aside=self.still_aside + other.still_aside,
            last_id=max(self.last_id, other.last_id),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Tries what is set aside again, in bounded transactions, beside whoever ingests."""

    quarantine: Quarantine
    store: ReplayStore
    devices: DeviceRegistry
    answers: AnswerBook
    clock: Clock
    standing: Standing = field(default_factory=Unquestioned)
    on_committed: Callable[[list[IdentifiedRecord]], None] = lambda _: None
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def replay(self, wanted: Wanted, *, most: int | None = None, after_id: int = 0) -> Replayed:
        """Try what is wanted, oldest first and up to `most`; what fails again stays, with the new reason.

        `after_id` is the `last_id` of the replay that this goes on with: what failed then is left alone.

        Raises
        ------
        StorageError
            If a store refuses: what was replayed before is stored, the rest is as it was.
        """
        done = Replayed()
        with self._turn:
            most = self.quarantine.count(wanted) if most is None else most
            for entries in self._found(wanted, most, after_id):
                done += self._replay(entries)
        _log.info("quarantine.replayed", tried=done.tried, stored=done.stored, still_aside=done.still_aside)
        return done

    def _found(self, wanted: Wanted, most: int, after_id: int) -> Iterator[Sequence[SetAside]]:
        """Yield what there is now by parts; what fails and is kept under a new id is not tried twice."""
        while most > 0:
            entries = self.quarantine.find(wanted, after_id=after_id, limit=min(most, _ENTRIES_A_COMMIT))
            if not entries:
                return
            yield entries
            after_id = entries[-1].id
            most -= len(entries)

    def _replay(self, entries: Sequence[SetAside]) -> Replayed:
        done = Replayed(tried=len(entries), last_id=entries[-1].id)
        numbered = [entry for entry in entries if entry.record.seq and is_one_value(entry.record)]
        if numbered:
            done += self._ingest(numbered)
        for entry in entries:
            if entry.record.content_type == LINE_PROTOCOL:
                done += self._write_again(entry)
            elif not entry.record.seq:
                done += self._ingest([entry], frozenset({entry.id}))
            elif not is_one_value(entry.record):
                done += self._leave(entry, "its bytes are not one record: discard it")
        return done

    def _ingest(self, entries: Sequence[SetAside], nameless: frozenset[int] = frozenset()) -> Replayed:
        """Ingest entries. Those with a number leave by it; `nameless` ones by their id, so one at a time."""
        store = _Releasing(self.store, nameless, self.clock.wall_ms())
        service = IngestService(
            store=store,
            devices=self.devices,
            answers=self.answers,
            standing=_Released(self.standing),
            on_committed=self.on_committed,
        )
        service.ingest(list(deliveries_of(entries)))
        stats = service.stats
        return Replayed(stored=stats.stored, known=stats.duplicates, still_aside=stats.quarantined)

    def _write_again(self, entry: SetAside) -> Replayed:
        reason = self.store.write_again(entry.record.payload)
        if reason is not None:
            return self._leave(entry, _of_the_same_point(entry, reason))
        self.store.replay({entry.id}, (), (), (), at_ms=self.clock.wall_ms())
        return Replayed(stored=1)

    def _leave(self, entry: SetAside, reason: str) -> Replayed:
        stays = replace(entry.record, reason=reason)
        self.store.replay((), (), (stays,), (), at_ms=self.clock.wall_ms())
        return Replayed(still_aside=1)


@dataclass(frozen=True, slots=True)
class _Released:
    """How gateways stand for a replay: what came before one was revoked is for people to judge."""

    standing: Standing

    def of(self, gateway: str) -> GatewayStanding:
        return replace(self.standing.of(gateway), revoked_ms=None)


@dataclass(frozen=True, slots=True)
class _Releasing:
    """The store as ingest meets it in a replay: what is committed leaves quarantine by that."""

    store: ReplayStore
    nameless: frozenset[int]
    at_ms: int

    def commit(
        self,
        records: Sequence[IdentifiedRecord],
        quarantined: Sequence[QuarantinedRecord] = (),
        fixes: Sequence[ClockFix] = (),
    ) -> CommitOutcome:
        """Store all of it and take it out of quarantine, or raise StorageError and do neither."""
        return self.store.replay(self.nameless, records, quarantined, fixes, at_ms=self.at_ms)


def _of_the_same_point(entry: SetAside, reason: str) -> str:
    of_record, _, _ = entry.record.reason.partition(": ")
    return f"{of_record}: {reason}"
