"""What was set aside, in a list: the ports Quarantine and ReplayStore."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from cloud.ports import (
    ClockFix,
    CommitOutcome,
    Discard,
    Discarded,
    Heap,
    IdentifiedRecord,
    QuarantinedRecord,
    SetAside,
    Share,
    Wanted,
)


@dataclass(slots=True)
class FakeQuarantine:
    aside: list[SetAside] = field(default_factory=list)
    room: list[Share] = field(default_factory=list)
    given_up: list[Discarded] = field(default_factory=list)
    stored: list[IdentifiedRecord] = field(default_factory=list)
    fixes: list[ClockFix] = field(default_factory=list)
    lines: list[bytes] = field(default_factory=list)

    def keep(self, *records: QuarantinedRecord) -> None:
        for record in records:
            self.aside.append(SetAside(id=len(self.aside) + 1, record=record, tried_ms=None))

    def quarantined(self, limit: int) -> Sequence[QuarantinedRecord]:
        return [entry.record for entry in self.aside[::-1]][:limit]

    def quarantined_count(self) -> int:
        return len(self.aside)

    def newest(self, wanted: Wanted, *, limit: int) -> Sequence[SetAside]:
        return self._wanted(wanted)[::-1][:limit]

    def find(self, wanted: Wanted, *, after_id: int = 0, limit: int) -> Sequence[SetAside]:
        return [entry for entry in self._wanted(wanted) if entry.id > after_id][:limit]

    def count(self, wanted: Wanted) -> int:
        return len(self._wanted(wanted))

    def heaps(self, wanted: Wanted, *, limit: int) -> Sequence[Heap]:
        found: dict[tuple[str, str], list[SetAside]] = {}
        for entry in self._wanted(wanted):
            found.setdefault((entry.record.gateway, entry.record.reason), []).append(entry)
        heaps = [
            Heap(
                gateway=gateway,
                reason=reason,
                records=len(entries),
                first_received_ms=min(entry.record.received_ms for entry in entries),
                last_received_ms=max(entry.record.received_ms for entry in entries),
                tried_ms=max((entry.tried_ms or 0 for entry in entries), default=0) or None,
            )
            for (gateway, reason), entries in found.items()
        ]
        return sorted(heaps, key=lambda heap: (-heap.records, heap.gateway, heap.reason))[:limit]

    def shares(self) -> Sequence[Share]:
        return self.room

    def replay(
        self,
        entries: Collection[int],
        records: Sequence[IdentifiedRecord],
        quarantined: Sequence[QuarantinedRecord],
        fixes: Sequence[ClockFix],
        *,
        at_ms: int,
    ) -> CommitOutcome:
        self.stored.extend(records)
        self.fixes.extend(fixes)
        stays = {_identity(item): item for item in quarantined}
        stored = {(item.gateway, item.epoch, item.seq) for item in records}
        self.aside = [
            replace(entry, record=stays[_identity(entry.record)], tried_ms=at_ms)
            if _identity(entry.record) in stays
            else entry
            for entry in self.aside
            if _identity(entry.record) in stays
            or (_identity(entry.record) not in stored and entry.id not in entries)
        ]
        return CommitOutcome(fresh=len(stored), duplicates=0, quarantined=len(stays))

    def write_again(self, line: bytes) -> str | None:
        self.lines.append(line)
        return "it is refused again"

    def discard(self, entries: Collection[int], discard: Discard) -> Sequence[Discarded]:
        gone = [
            Discarded(
                gateway=entry.record.gateway,
                epoch=entry.record.epoch,
                seq=entry.record.seq,
                sha256=b"",
                size_bytes=len(entry.record.payload),
                reason=entry.record.reason,
                received_ms=entry.record.received_ms,
                discard=discard,
            )
            for entry in self.aside
            if entry.id in entries
        ]
        self.aside = [entry for entry in self.aside if entry.id not in entries]
        self.given_up.extend(gone)
        return gone

    def discarded(self, limit: int) -> Sequence[Discarded]:
        return self.given_up[::-1][:limit]

    def _wanted(self, wanted: Wanted) -> list[SetAside]:
        return [
            entry
            for entry in self.aside
            if wanted.gateway in {None, entry.record.gateway}
            and (wanted.reason or "") in entry.record.reason
            and (wanted.ids is None or entry.id in wanted.ids)
            and entry.record.received_ms >= (wanted.since_ms or 0)
        ]


def _identity(record: QuarantinedRecord) -> tuple[str, str, int]:
    return record.gateway, record.epoch, record.seq
