"""The embedded store: records, identities, series and slices in one SQLite file.

It keeps the ports RecordStore, SeriesReader, OccurrenceReader, GatewayReader, QuarantineReader
and PatientFeed. One process ingests; any number of processes read.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from sqlite3 import Connection
from types import MappingProxyType
from typing import Any

from cloud.ports import (
    CommitOutcome,
    EpochAccount,
    HeardDevice,
    IdentifiedRecord,
    PatientSlice,
    Point,
    QuarantinedRecord,
    Series,
    Strip,
)
from cloud.storage import identities, observations, occurrences, series_schema, set_aside, slices
from cloud.storage.ranges import holds
from cloud.storage.sqlite_file import SqliteFile
from vitals.errors import ConfigurationError
from vitals.records import DeviceReport, Gap, GatewayReport, HealthEvent, ObservationRun, Waveform

_SQLITE = "sqlite:///"

_WRITERS: Mapping[type, Callable[[Connection, IdentifiedRecord, Any], None]] = MappingProxyType(
    {
        ObservationRun: observations.write_run,
        Waveform: observations.write_strip,
        HealthEvent: occurrences.write_event,
        Gap: occurrences.write_gap,
        DeviceReport: occurrences.write_device_report,
        GatewayReport: occurrences.write_gateway_report,
    }
)


def open_series(url: str) -> "SqliteSeries":
    """Open the series store a `series_url` names.

    Raises
    ------
    ConfigurationError
        If it names a store this version cannot open.
    """
    if not url.startswith(_SQLITE):
        raise ConfigurationError(
            f"series_url {url!r}: give sqlite:///PATH, the one series store there is so far"
        )
    return SqliteSeries(Path(url.removeprefix(_SQLITE)))


class SqliteSeries:
    """Series and identities, each commit one transaction in a file that survives a power cut."""

    def __init__(self, path: Path, *, busy_timeout_ms: int = 5_000) -> None:
        """Open or create the file.

        Raises
        ------
        StorageError
            If it cannot be opened.
        """
        self._file = SqliteFile(
            path,
            schema=series_schema.SCHEMA,
            version=series_schema.VERSION,
            busy_timeout_ms=busy_timeout_ms,
        )

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    # RecordStore

    def commit(
        self, records: Sequence[IdentifiedRecord], quarantined: Sequence[QuarantinedRecord] = ()
    ) -> CommitOutcome:
        """Store all of it in one transaction, or raise StorageError and store nothing."""
        with self._file.write() as connection:
            fresh = list(_claim(connection, records))
            for item in fresh:
                _WRITERS[type(item.record)](connection, item, item.record)
            occurrences.note_heard(connection, records)
            slices.append(connection, slices.cut(fresh))
            aside = sum(set_aside.set_aside(connection, item) for item in quarantined)
        known = _identities(fresh)
        offered = _identities(records)
        return CommitOutcome(
            fresh=len(known),
            duplicates=len(offered) - len(known) + len(quarantined) - aside,
            quarantined=aside,
        )

    def accounts(self) -> Sequence[EpochAccount]:
        """Return the account of every epoch ever seen."""
        with self._file.read() as connection:
            return tuple(identities.accounts(connection))

    # SeriesReader

    def observations(self, patient_id: str, kind: str, from_ms: int, to_ms: int, limit: int) -> Series:
        """Return the newest `limit` points of the range."""
        with self._file.read() as connection:
            return observations.read_series(connection, patient_id, kind, (from_ms, to_ms), limit)

    def latest(self, patient_id: str) -> dict[str, Point]:
        """Return the newest point of each kind whose effective time is believed."""
        with self._file.read() as connection:
            return observations.read_latest(connection, patient_id)

    def waveforms(self, patient_id: str, kind: str, from_ms: int, to_ms: int) -> Sequence[Strip]:
        """Return the strips that overlap the range."""
        with self._file.read() as connection:
            return observations.read_strips(connection, patient_id, kind, (from_ms, to_ms))

    # OccurrenceReader

    def events(self, patient_id: str, from_ms: int, to_ms: int) -> Sequence[HealthEvent]:
        """Return health events by effective time, oldest first."""
        with self._file.read() as connection:
            return occurrences.read_events(connection, patient_id, from_ms, to_ms)

    def gaps(self, patient_id: str, kind: str, from_ms: int, to_ms: int) -> Sequence[Gap]:
        """Return the declared gaps that overlap the range, oldest first."""
        with self._file.read() as connection:
            return occurrences.read_gaps(connection, patient_id, kind, from_ms, to_ms)

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

    # QuarantineReader

    def quarantined(self, limit: int) -> Sequence[QuarantinedRecord]:
        """Return the newest `limit`, newest first."""
        with self._file.read() as connection:
            return set_aside.read_newest(connection, limit)

    def quarantined_count(self) -> int:
        """Return how many are set aside."""
        with self._file.read() as connection:
            return set_aside.count(connection)

    # PatientFeed

    def pending(self, limit: int) -> Sequence[PatientSlice]:
        """Return the oldest slices not yet done."""
        with self._file.read() as connection:
            return slices.read_pending(connection, limit)

    def done(self, message_ids: Iterable[str]) -> None:
        """Forget slices whose effect has been committed."""
        with self._file.write() as connection:
            slices.remove(connection, message_ids)


def _claim(connection: Connection, records: Sequence[IdentifiedRecord]) -> Iterator[IdentifiedRecord]:
    """Claim identities and yield the fresh records, each once for each wearer, in their order."""
    seqs: dict[tuple[str, str], set[int]] = {}
    for item in records:
        seqs.setdefault((item.gateway, item.epoch), set()).add(item.seq)
    fresh = {key: identities.claim(connection, *key, numbers) for key, numbers in seqs.items()}
    for (gateway, epoch), ranges in fresh.items():
        set_aside.release(connection, gateway, epoch, ranges)
    seen: set[tuple[str, str, int, str | None]] = set()
    for item in records:
        part = (item.gateway, item.epoch, item.seq, item.patient_id)
        if part not in seen and holds(fresh[item.gateway, item.epoch], item.seq):
            seen.add(part)
            yield item


def _identities(items: Iterable[IdentifiedRecord]) -> set[tuple[str, str, int]]:
    return {(item.gateway, item.epoch, item.seq) for item in items}
