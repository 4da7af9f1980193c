"""Points in the series file."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from sqlite3 import Connection
from typing import Final

from cloud.ports import ClockDoubt, IdentifiedRecord, RecordClock
from cloud.storage.influx.clock_names import FiledClock, filed, named
from cloud.storage.moving.sides import EVER, SeriesName, by_hour
from cloud.storage.points.columns import HOUR_MS, Points
from cloud.storage.points.observations import Stretch
from cloud.storage.points.run_writing import write_runs
from cloud.storage.points.series_numbers import SeriesNumbers
from cloud.storage.points.slots import hour_of
from cloud.storage.sqlite_file import SqliteFile
from vitals.errors import StorageError
from vitals.records import ObservationRun

__all__ = ["EmbeddedSide"]

_END_MS: Final = (1 << 24) * HOUR_MS  # of the last hour a series file has a place for
_SERIES: Final = """
SELECT series.id, patient_id, kind, device, clock_doubt, clock_run, boot_id, offset_ms
FROM series JOIN clock_run ON clock_run.id = series.clock_run ORDER BY series.id
"""
_GATEWAY: Final = "SELECT gateway FROM clock_run WHERE boot_id = ? AND offset_ms = ? AND id != 0 ORDER BY id"


_Numbers = dict[SeriesName, list[tuple[int, FiledClock]]]
"""The numbers that each series goes by, with their clocks."""


class EmbeddedSide:
    """Reads and writes points of series; no identity is touched."""

    def __init__(self, file: SqliteFile) -> None:
        """Read and write `file`, to which nobody else adds series meanwhile."""
        self._file = file
        self._known: _Numbers | None = None

    def series(self) -> Sequence[SeriesName]:
        """Return every series that holds points, in order."""
        with self._file.read() as connection:
            return sorted(
                name
                for name, rows in self._named(connection).items()
                if any(_counts(connection, number) for number, _ in rows)
            )

    def counts(self, name: SeriesName, around: tuple[int, int] = EVER) -> Mapping[int, int]:
        """Return how many points each hour holds, oldest first."""
        del around  # it can look everywhere
        with self._file.read() as connection:
            numbers = [number for number, _ in self._named(connection).get(name, [])]
            if len(numbers) == 1:
                return _counts(connection, numbers[0])
            points = _together(connection, numbers, 0, _END_MS)
            return {hour_ms: len(found) for hour_ms, found in by_hour(points).items()}

    def read(self, name: SeriesName, from_ms: int, to_ms: int) -> Points:
        """Return the points of a half-open span, in order, each moment once."""
        with self._file.read() as connection:
            numbers = [number for number, _ in self._named(connection).get(name, [])]
            return _together(connection, numbers, from_ms, to_ms)

    def write(self, name: SeriesName, points: Points) -> None:
        """Store points durably; a moment that is there takes the new value."""
        if not len(points):
            return
        with self._file.write() as connection:
            rows = self._named(connection).get(name, [])
            self._known = self._known if rows else None
            clock = rows[0][1] if rows else filed(name.clock)
            item = _item(connection, name, clock, points)
            write_runs(connection, SeriesNumbers().within(connection), [item])

    def finish(self) -> None:
        """Do nothing: what waits to be packed is packed when the service runs."""

    def _named(self, connection: Connection) -> _Numbers:
        if self._known is None:
            self._known = _named(connection)
        return self._known


def _named(connection: Connection) -> _Numbers:
    """Return the numbers of each series, and their clocks: two may differ in what no reader minds."""
    found: defaultdict[SeriesName, list[tuple[int, FiledClock]]] = defaultdict(list)
    for number, patient_id, kind, device, doubt, run, boot_id, offset_ms in connection.execute(_SERIES):
        clock = FiledClock(doubt=doubt, run=(boot_id, offset_ms) if run else None)
        name = SeriesName(patient_id=patient_id, kind=kind, device=device, clock=named(clock))
        found[name].append((number, clock))
    return found


def _counts(connection: Connection, number: int) -> dict[int, int]:
    stretch = Stretch(connection, number, 0, _END_MS)
    counts = {slot: count for slot, count in stretch.counts().items() if slot not in stretch.stirred}
    stirred = by_hour(stretch.points(sorted(stretch.stirred)))
    closed = {int(hour_of(slot)): count for slot, count in counts.items()}
    return dict(sorted((closed | {hour_ms: len(points) for hour_ms, points in stirred.items()}).items()))


def _together(connection: Connection, numbers: Sequence[int], from_ms: int, to_ms: int) -> Points:
    parts = []
    for number in numbers:
        stretch = Stretch(connection, number, from_ms, min(to_ms, _END_MS))
        parts.append(stretch.points(stretch.counts()))
    return Points.joined(parts).settled()


def _item(connection: Connection, name: SeriesName, clock: FiledClock, points: Points) -> IdentifiedRecord:
    run = ObservationRun(
        device=name.device,
        kind=name.kind,
        t_ms=points.t_ms.tolist(),
        value=points.value.tolist(),
        quality=points.quality.tolist(),
        device_ms=points.device_ms.tolist(),
    )
    gateway = _gateway(connection, clock.run) if clock.run else ""
    return IdentifiedRecord(
        gateway=gateway,
        epoch="",
        seq=0,
        record=run,
        patient_id=name.patient_id or None,
        received_ms=0,
        clock_doubt=ClockDoubt(clock.doubt) if clock.doubt else None,
        clock=RecordClock(boot_id=clock.run[0], offset_ms=clock.run[1], shift_ms=None) if clock.run else None,
    )


def _gateway(connection: Connection, run: tuple[str, int]) -> str:
    row = connection.execute(_GATEWAY, run).fetchone()
    if row is None:
        raise StorageError(
            f"the series file knows no clock of boot {run[0]!r}: give the one that lay beside InfluxDB"
        )
    return str(row[0])
