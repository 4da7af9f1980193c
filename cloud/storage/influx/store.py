"""The store of a clinic: points in InfluxDB, all the rest in the embedded store beside it."""

from collections import Counter
from collections.abc import Iterable, Sequence

import structlog

from cloud.ports import (
    ClockFix,
    CommitOutcome,
    EpochAccount,
    IdentifiedRecord,
    Point,
    QuarantinedRecord,
    RollupQuery,
    Rollups,
    Series,
    Strip,
)
from cloud.storage.influx.line_protocol import run_tag
from cloud.storage.influx.reader import PointReader
from cloud.storage.influx.rollups import read_rollups
from cloud.storage.influx.server import InfluxServer
from cloud.storage.influx.writer import PointWriter, RefusedLine
from cloud.storage.sqlite_series import SqliteSeries

LINE_PROTOCOL = "text/x-influx-line-protocol"

_log = structlog.get_logger(__name__)


class InfluxRecordStore:
    """Commits records: points first, then the journal. What failed half way is simply done again.

    The journal alone decides what is fresh, so a record that comes again never writes its points
    over later ones. A line the server will not take is kept in quarantine under no number of its
    own; its record counts as stored and is judged for alerts.
    """

    def __init__(self, points: PointWriter, journal: SqliteSeries) -> None:
        """`journal` was opened with `keeps_points=False`."""
        self._points = points
        self._journal = journal

    def commit(
        self,
        records: Sequence[IdentifiedRecord],
        quarantined: Sequence[QuarantinedRecord] = (),
        fixes: Sequence[ClockFix] = (),
    ) -> CommitOutcome:
        """Store all of it, or raise StorageError; then the journal has nothing, points do no harm."""
        refused = self._points.write(self._journal.fresh(records))
        outcome = self._journal.commit(records, [*quarantined, *map(_set_aside, refused)], fixes)
        for (gateway, epoch, seq), count in Counter(map(_source, refused)).items():
            _log.error("influx.lines_refused", gateway=gateway, epoch=epoch, seq=seq, count=count)
        return outcome

    def accounts(self) -> Sequence[EpochAccount]:
        """Return the account of every epoch ever seen."""
        return self._journal.accounts()


class InfluxSeriesReader:
    """Reads points from InfluxDB and strips from the journal."""

    def __init__(self, server: InfluxServer, journal: SqliteSeries) -> None:
        self._server = server
        self._points = PointReader(server)
        self._journal = journal

    def observations(self, patient_id: str, kind: str, from_ms: int, to_ms: int, limit: int) -> Series:
        """Return the newest `limit` points of the range."""
        return self._points.observations(patient_id, kind, from_ms, to_ms, limit, self._shifts())

    def latest(self, patient_id: str) -> dict[str, Point]:
        """Return the newest point of each kind whose effective time is believed."""
        return self._points.latest(patient_id, self._shifts())

    def latest_of(self, patient_ids: Iterable[str]) -> dict[str, dict[str, Point]]:
        """Return the newest points of many patients."""
        shifts = self._shifts()
        found = {each: self._points.latest(each, shifts) for each in patient_ids}
        return {each: newest for each, newest in found.items() if newest}

    def rollups(self, patient_id: str, query: RollupQuery) -> Rollups:
        """Return the stretches that have values, devices taken together."""
        return read_rollups(self._server, patient_id, query, self._shifts())

    def waveforms(self, patient_id: str, kind: str, from_ms: int, to_ms: int) -> Sequence[Strip]:
        """Return the strips that overlap the range."""
        return self._journal.waveforms(patient_id, kind, from_ms, to_ms)

    def _shifts(self) -> dict[str, int | None]:
        return {run_tag(*run): shift_ms for run, shift_ms in self._journal.clock_shifts().items()}


def _source(refused: RefusedLine) -> tuple[str, str, int]:
    item = refused.line.item
    return item.gateway, item.epoch, item.seq


def _set_aside(refused: RefusedLine) -> QuarantinedRecord:
    gateway, epoch, seq = _source(refused)
    return QuarantinedRecord(
        gateway=gateway,
        epoch=epoch,
        seq=0,
        payload=refused.line.text.encode(),
        content_type=LINE_PROTOCOL,
        reason=f"point of record {seq}: {refused.reason}",
        received_ms=refused.line.item.received_ms,
    )
