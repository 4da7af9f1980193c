"""The embedded store: records, identities, series and slices in one SQLite file.

It keeps the ports RecordStore, SeriesReader, RollupReader, OccurrenceReader, GatewayReader,
Quarantine, ReplayStore, UnboundReader, PatientBus and PatientFeed. One process ingests; any number read.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection
from types import MappingProxyType
from typing import Any

import msgspec

from cloud.partitions import EVERY_PARTITION
from cloud.ports import (
    Adopted,
    ClockDoubt,
    ClockFix,
    CommitOutcome,
    EpochAccount,
    HeardDevice,
    IdentifiedRecord,
    PatientSlice,
    Point,
    QuarantinedRecord,
    RecordClock,
    RollupQuery,
    Rollups,
    Series,
    Span,
    Strip,
    UnboundDevice,
    Wearing,
)
from cloud.storage import adoption, series_schema
from cloud.storage.journal import (
    accounts,
    clock_runs,
    declared,
    identities,
    occurrences,
    set_aside,
    slices,
    unbound,
)
from cloud.storage.journal.fence import Fence
from cloud.storage.journal.quarantine import SqliteQuarantine
from cloud.storage.journal.ranges import Ranges, holds, size
from cloud.storage.journal.set_aside import Kept
from cloud.storage.keeping import SqliteKeeping
from cloud.storage.points.latest import read_latest, read_newest_ms
from cloud.storage.points.observations import read_series
from cloud.storage.points.outlying import OutlyingPoints, note_run
from cloud.storage.points.run_writing import write_runs
from cloud.storage.points.series_numbers import Numbering, SeriesNumbers
from cloud.storage.points.strips import read_spans, read_strips, write_strips
from cloud.storage.points.summing import read_rollups
from cloud.storage.sqlite_file import SqliteFile
from vitals.errors import ConfigurationError
from vitals.records import (
    CommandReport,
    DeviceReport,
    Gap,
    GatewayReport,
    HealthEvent,
    ObservationRun,
    Waveform,
)

_SQLITE = "sqlite:///"
_NO_SERVER = (
    "it is a line for InfluxDB, and this service keeps its points itself: replay it where series_url "
    "names that server, or discard it"
)

_Seqs = Mapping[tuple[str, str], Ranges]
"""Seqs by gateway and epoch."""


def _write_gap(connection: Connection, item: IdentifiedRecord, gap: Gap) -> None:
    occurrences.write_gap(connection, item, gap)
    declared.note(connection, item, gap)


_Write = Callable[[Connection, Numbering, Sequence[IdentifiedRecord]], None]


def _each(write: Callable[[Connection, IdentifiedRecord, Any], None]) -> _Write:
    """Return what writes records one by one."""

    def write_each(connection: Connection, _numbering: Numbering, items: Sequence[IdentifiedRecord]) -> None:
        for item in items:
            write(connection, item, item.record)

    return write_each


_WRITERS: Mapping[type, _Write] = MappingProxyType(
    {
        ObservationRun: write_runs,
        Waveform: write_strips,
        HealthEvent: _each(occurrences.write_event),
        Gap: _each(_write_gap),
        DeviceReport: _each(occurrences.write_device_report),
        GatewayReport: _each(occurrences.write_gateway_report),
        CommandReport: lambda _connection, _numbering, _items: None,  # kept with the command it answers
    }
)
_WRITERS_BUT_POINTS: Mapping[type, _Write] = MappingProxyType({**_WRITERS, ObservationRun: _each(note_run)})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """What a transaction wrote; of how many numbers that were offered how many were new."""

    fresh: Sequence[IdentifiedRecord]
    offered: int
    new: int
    numbering: Numbering


def open_series(url: str) -> "SqliteSeries":
    """Open the series store a `series_url` names.

    Raises
    ------
    ConfigurationError
        If it names a store this version cannot open.
    """
    if not url.startswith(_SQLITE):
        raise ConfigurationError(f"series_url {url!r}: give sqlite:///PATH, or influx+http://HOST:8086")
    return SqliteSeries(Path(url.removeprefix(_SQLITE)))


class SqliteSeries(SqliteQuarantine):
    """Series and identities, each commit one transaction in a file that survives a power cut."""

    def __init__(self, path: Path, *, busy_timeout_ms: int = 5_000, keeps_points: bool = True) -> None:
        """Open or create the file. Without points it is the journal beside a store that keeps them.

        Raises
        ------
        StorageError
            If it cannot be opened.
        """
        super().__init__(SqliteFile(path, steps=series_schema.STEPS, busy_timeout_ms=busy_timeout_ms))
        self._writers = _WRITERS if keeps_points else _WRITERS_BUT_POINTS
        self.outlying = OutlyingPoints(self._file)
        self._numbers = SeriesNumbers()
        self._fence = Fence()
        self.keeping = SqliteKeeping(self._file, self._numbers, self._fence)
        self._keeps_points = keeps_points

    @property
    def file(self) -> SqliteFile:
        """The file itself, for what looks at it as a file."""
        return self._file

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def troubles(self) -> tuple[str, ...]:
        """Return what is not well with the file, in words."""
        return (*self._file.troubles(), *self.keeping.troubles())

    # RecordStore

    def commit(
        self,
        records: Sequence[IdentifiedRecord],
        quarantined: Sequence[QuarantinedRecord] = (),
        fixes: Sequence[ClockFix] = (),
    ) -> CommitOutcome:
        """Store all of it in one transaction, or raise StorageError and store nothing."""
        with self._file.write() as connection:
            written = self._write(connection, records, fixes)
            occurrences.note_heard(connection, records)
            slices.append(connection, slices.cut(written.fresh))
            kept = [set_aside.set_aside(connection, item) for item in quarantined]
        self._numbers.keep(written.numbering)
        return _outcome(written, quarantined, kept)

    def fresh(self, records: Sequence[IdentifiedRecord]) -> Sequence[IdentifiedRecord]:
        """Return those of `records` that a commit would write, each once for each wearer."""
        offered = identities.offered_by(records)
        with self._file.read() as connection:
            unclaimed = {key: identities.unclaimed(connection, *key, seqs) for key, seqs in offered.items()}
        return tuple(self._fence.let_by(_first_of_each(records, offered, unclaimed)))

    def accounts(self) -> Sequence[EpochAccount]:
        """Return the account of every epoch ever seen."""
        with self._file.read() as connection:
            return tuple(accounts.read(connection))

    # SeriesReader

    def observations(self, patient_id: str, kind: str, from_ms: int, to_ms: int, limit: int) -> Series:
        """Return the newest `limit` points of the range."""
        with self._file.read() as connection:
            return read_series(connection, patient_id, kind, (from_ms, to_ms), limit)

    def latest(self, patient_id: str) -> dict[str, Point]:
        """Return the newest point of each kind whose effective time is believed."""
        with self._file.read() as connection:
            return read_latest(connection, [patient_id]).get(patient_id, {})

    def latest_of(self, patient_ids: Iterable[str]) -> dict[str, dict[str, Point]]:
        """Return the newest points of many patients."""
        with self._file.read() as connection:
            return read_latest(connection, patient_ids)

    def newest_ms(self) -> int | None:
        """Return when the newest point of all was true, by the clocks of gateways."""
        with self._file.read() as connection:
            return read_newest_ms(connection)

    def waveforms(self, patient_id: str, kind: str, from_ms: int, to_ms: int) -> Sequence[Strip]:
        """Return the strips that overlap the range."""
        with self._file.read() as connection:
            return read_strips(connection, patient_id, kind, (from_ms, to_ms))

    def waveform_spans(self, patient_id: str, kind: str, from_ms: int, to_ms: int) -> Sequence[Span]:
        """Return where in the range there is a waveform."""
        with self._file.read() as connection:
            return read_spans(connection, patient_id, kind, Span(from_ms, to_ms))

    # RollupReader

    def rollups(self, patient_id: str, query: RollupQuery) -> Rollups:
        """Return the stretches that have values, devices taken together."""
        with self._file.read() as connection:
            return read_rollups(connection, patient_id, query)

    # OccurrenceReader

    def events(self, patient_id: str, from_ms: int, to_ms: int) -> Sequence[HealthEvent]:
        """Return health events by effective time, oldest first."""
        with self._file.read() as connection:
            return occurrences.read_events(connection, patient_id, from_ms, to_ms)

    def gaps(self, patient_id: str, kind: str, from_ms: int, to_ms: int) -> Sequence[Gap]:
        """Return the declared gaps that overlap the range, oldest first."""
        with self._file.read() as connection:
            return occurrences.read_gaps(connection, patient_id, kind, from_ms, to_ms)

    def device_reports(self, patient_id: str, from_ms: int, to_ms: int, limit: int) -> Sequence[DeviceReport]:
        """Return the newest `limit` words of devices on how they were, oldest first."""
        with self._file.read() as connection:
            return occurrences.read_device_reports(connection, patient_id, (from_ms, to_ms), limit)

    # GatewayReader

    def gateway_report(self, gateway: str) -> tuple[GatewayReport, int] | None:
        """Return the newest report received and the server time of its receipt."""
        with self._file.read() as connection:
            return occurrences.read_gateway_report(connection, gateway)

    def heard_gateways(self) -> dict[str, int]:
        """Return every gateway ever heard and the server time of its last batch."""
        with self._file.read() as connection:
            return occurrences.read_heard_gateways(connection)

    def heard_devices(self) -> Sequence[HeardDevice]:
        """Return when each device was last heard, through each gateway."""
        with self._file.read() as connection:
            return occurrences.read_heard_devices(connection)

    # UnboundKeeper

    def adopt(self, device: str, wearings: Sequence[Wearing]) -> Adopted:
        """Give what a device measured under nobody to who wore it then."""
        if not self._keeps_points:
            raise ConfigurationError(
                "points that are in InfluxDB cannot be given to a patient afterwards: "
                "bind the device, and those that come from then on are theirs"
            )
        return adoption.adopt(self._file, self._numbers, device, wearings)

    def unbound_devices(self) -> Sequence[UnboundDevice]:
        """Return every device with records that nobody owns."""
        with self._file.read() as connection:
            return unbound.read_all(connection)

    # ReplayStore

    def replay(
        self,
        entries: Collection[int],
        records: Sequence[IdentifiedRecord],
        quarantined: Sequence[QuarantinedRecord],
        fixes: Sequence[ClockFix],
        *,
        at_ms: int,
    ) -> CommitOutcome:
        """Store what entries of quarantine hold after all, and take them out, in one transaction."""
        with self._file.write() as connection:
            written = self._write(connection, records, fixes)
            slices.append(connection, slices.cut(_received(written.fresh, at_ms)))
            stay = {set_aside.set_aside_again(connection, item, at_ms) for item in quarantined}
            set_aside.take_out(connection, set(entries) - stay)
        self._numbers.keep(written.numbering)
        return _outcome(written, quarantined, [Kept.NEW] * len(quarantined))

    def write_again(self, line: bytes) -> str | None:  # noqa: ARG002 - none can be written here
        """Refuse a point that was meant for InfluxDB."""
        return _NO_SERVER

    # PatientBus and PatientFeed

    def publish(self, published: Iterable[PatientSlice]) -> None:
        """Let slices wait to be evaluated, as `commit` does with those of its records."""
        with self._file.write() as connection:
            slices.append(connection, published)

    def pending(self, limit: int, partitions: Collection[int] = EVERY_PARTITION) -> Sequence[PatientSlice]:
        """Return the oldest slices of these partitions not yet done."""
        with self._file.read() as connection:
            return slices.read_pending(connection, limit, partitions)

    def done(self, message_ids: Iterable[str]) -> None:
        """Forget slices whose effect has been committed."""
        with self._file.write() as connection:
            slices.remove(connection, message_ids)

    def _write(
        self, connection: Connection, records: Sequence[IdentifiedRecord], fixes: Sequence[ClockFix]
    ) -> _Written:
        """Claim identities, and write what is fresh."""
        offered = identities.offered_by(records)
        claimed = _claim(connection, offered)
        fresh = self._fence.let_by(_first_of_each(records, offered, claimed))
        clock_runs.note(connection, records)
        numbering = self._numbers.within(connection)
        for record_type, items in _by_type(fresh).items():
            self._writers[record_type](connection, numbering, items)
        clock_runs.settle(connection, fixes)
        unbound.note(connection, fresh)
        return _Written(
            fresh=fresh,
            offered=sum(map(size, offered.values())),
            new=sum(map(size, claimed.values())),
            numbering=numbering,
        )


def _outcome(
    written: _Written, quarantined: Sequence[QuarantinedRecord], kept: Sequence[Kept]
) -> CommitOutcome:
    return CommitOutcome(
        fresh=written.new,
        duplicates=written.offered - written.new + kept.count(Kept.KNOWN),
        quarantined=kept.count(Kept.NEW),
        refused=frozenset(
            (item.gateway, item.epoch, item.seq)
            for item, what in zip(quarantined, kept, strict=True)
            if what is Kept.REFUSED
        ),
    )


def _received(fresh: Sequence[IdentifiedRecord], at_ms: int) -> Sequence[IdentifiedRecord]:
    """Return records as they are judged after a replay: late by however long they were set aside."""
    return [msgspec.structs.replace(item, received_ms=at_ms) for item in fresh]


def _by_type(fresh: Sequence[IdentifiedRecord]) -> Mapping[type, Sequence[IdentifiedRecord]]:
    of_type: defaultdict[type, list[IdentifiedRecord]] = defaultdict(list)
    for item in fresh:
        of_type[type(item.record)].append(item)
    return of_type


def _claim(connection: Connection, offered: _Seqs) -> _Seqs:
    fresh = {key: identities.claim(connection, *key, seqs) for key, seqs in offered.items()}
    for key, seqs in fresh.items():
        set_aside.release(connection, *key, seqs)
    return fresh


def _first_of_each(
    records: Sequence[IdentifiedRecord], offered: _Seqs, fresh: _Seqs
) -> Sequence[IdentifiedRecord]:
    """Return the fresh records as they came first, each once for each wearer and doubt, in their order.

    One that was sent again may be judged otherwise by then: its parts are those of one sending alone.
    """
    if fresh == offered and len(records) == sum(map(size, offered.values())):
        return records  # nothing was known, nothing came twice and nothing in parts
    sendings: dict[tuple[str, str, int], tuple[int, RecordClock | None]] = {}
    seen: set[tuple[str, str, int, str | None, ClockDoubt | None]] = set()
    kept: list[IdentifiedRecord] = []
    for item in records:
        number, sending = (item.gateway, item.epoch, item.seq), (item.received_ms, item.clock)
        part = (*number, item.patient_id, item.clock_doubt)
        is_first = sendings.setdefault(number, sending) == sending and part not in seen
        if is_first and holds(fresh[item.gateway, item.epoch], item.seq):
            seen.add(part)
            kept.append(item)
    return kept
