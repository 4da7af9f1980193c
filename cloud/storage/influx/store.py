"""The store of a clinic: points in InfluxDB, all the rest in the embedded store beside it."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

import structlog

from cloud.ports import (
    LINE_PROTOCOL,
    ClockFix,
    CommitOutcome,
    EpochAccount,
    IdentifiedRecord,
    Point,
    QuarantinedRecord,
    RollupQuery,
    Rollups,
    Series,
    Span,
    Strip,
)
from cloud.storage.influx.clock_names import filed
from cloud.storage.influx.line_protocol import Line, lines_of, place_of
from cloud.storage.influx.reader import PointReader
from cloud.storage.influx.rollups import RollupSource
from cloud.storage.influx.writer import LineWriter, RefusedLine
from cloud.storage.points.outlying import HOUR_MS
from cloud.storage.sqlite_series import SqliteSeries

_log = structlog.get_logger(__name__)


class InfluxRecordStore:
    """Commits records: points first, then the journal. What failed half way is simply done again.

    The journal alone decides what is fresh, so a record that comes again never writes its points
    over later ones. A line the server will not take is kept in quarantine under no number of its
    own; its record counts as stored and is judged for alerts.
    """

    def __init__(self, writer: LineWriter, journal: SqliteSeries) -> None:
        """`journal` was opened with `keeps_points=False`."""
        self._writer = writer
        self._journal = journal

    def commit(
        self,
        records: Sequence[IdentifiedRecord],
        quarantined: Sequence[QuarantinedRecord] = (),
        fixes: Sequence[ClockFix] = (),
    ) -> CommitOutcome:
        """Store all of it, or raise StorageError; then the journal has nothing, points do no harm."""
        aside = self._write(records)
        return self._journal.commit(records, [*quarantined, *aside], fixes)

    def replay(
        self,
        entries: Collection[int],
        records: Sequence[IdentifiedRecord],
        quarantined: Sequence[QuarantinedRecord],
        fixes: Sequence[ClockFix],
        *,
        at_ms: int,
    ) -> CommitOutcome:
        """Store what entries of quarantine hold after all: points first, then the journal lets go of them."""
        aside = self._write(records)
        return self._journal.replay(entries, records, [*quarantined, *aside], fixes, at_ms=at_ms)

    def write_again(self, line: bytes) -> str | None:
        """Write a point that was refused once more; return why it is refused again, or None."""
        text = line.decode()
        refused = self._writer.write([text])
        if refused:
            return refused[0].reason
        place = place_of(text)
        clock = filed(place.clock)
        hours_ms = (place.t_ms - place.t_ms % HOUR_MS,)
        self._journal.outlying.note(
            place.patient_id, place.kind, hours_ms, clock.run, doubted=bool(clock.doubt)
        )
        return None

    def _write(self, records: Sequence[IdentifiedRecord]) -> list[QuarantinedRecord]:
        """Write the points of fresh records; return the lines that the server will not take."""
        lines = lines_of(self._journal.fresh(records))
        refused = self._writer.write([line.text for line in lines])
        sources = Counter(_source(lines[one.place]) for one in refused)
        for (gateway, epoch, seq), count in sources.items():
            _log.error("influx.lines_refused", gateway=gateway, epoch=epoch, seq=seq, count=count)
        return [_set_aside(lines[one.place], one) for one in refused]

    def accounts(self) -> Sequence[EpochAccount]:
        """Return the account of every epoch ever seen."""
        return self._journal.accounts()


class InfluxSeriesReader:
    """Reads points and sums from InfluxDB and strips from the journal."""

    def __init__(self, points: PointReader, sums: RollupSource, journal: SqliteSeries) -> None:
        self._points = points
        self._sums = sums
        self._journal = journal

    def observations(self, patient_id: str, kind: str, from_ms: int, to_ms: int, limit: int) -> Series:
        """Return the newest `limit` points of the range."""
        return self._points.observations(patient_id, kind, from_ms, to_ms, limit)

    def latest(self, patient_id: str) -> dict[str, Point]:
        """Return the newest point of each kind whose effective time is believed."""
        return self._points.latest_of([patient_id]).get(patient_id, {})

    def latest_of(self, patient_ids: Iterable[str]) -> dict[str, dict[str, Point]]:
        """Return the newest points of many patients."""
        return self._points.latest_of(patient_ids)

    def rollups(self, patient_id: str, query: RollupQuery) -> Rollups:
        """Return the stretches that have values, devices taken together."""
        return self._sums.read(patient_id, query, self._points.shifts(patient_id, query.kind))

    def waveforms(self, patient_id: str, kind: str, from_ms: int, to_ms: int) -> Sequence[Strip]:
        """Return the strips that overlap the range."""
        return self._journal.waveforms(patient_id, kind, from_ms, to_ms)

    def waveform_spans(self, patient_id: str, kind: str, from_ms: int, to_ms: int) -> Sequence[Span]:
        """Return where in the range there is a waveform."""
        return self._journal.waveform_spans(patient_id, kind, from_ms, to_ms)


def _source(line: Line) -> tuple[str, str, int]:
    return line.item.gateway, line.item.epoch, line.item.seq


def _set_aside(line: Line, refused: RefusedLine) -> QuarantinedRecord:
    gateway, epoch, seq = _source(line)
    return QuarantinedRecord(
        gateway=gateway,
        epoch=epoch,
        seq=0,
        payload=line.text.encode(),
        content_type=LINE_PROTOCOL,
        reason=f"point of record {seq}: {refused.reason}",
        received_ms=line.item.received_ms,
    )
