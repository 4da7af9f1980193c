"""Points in InfluxDB, and what the journal has to know of them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Final

import numpy as np

from cloud.storage.influx.answers import Table
from cloud.storage.influx.clock_names import filed
from cloud.storage.influx.database import Database
from cloud.storage.influx.line_protocol import point_line, series_key
from cloud.storage.influx.questions import ns, windows
from cloud.storage.influx.writer import LineWriter
from cloud.storage.moving.sides import EVER, SeriesName
from cloud.storage.points.columns import NOT_DATED, Points
from cloud.storage.points.outlying import HOUR_MS, OutlyingPoints
from vitals.errors import StorageError

__all__ = ["InfluxSide"]

_A_SECOND_MS: Final = 1_000
_SERIES: Final = """
SELECT last("value") FROM "observation" GROUP BY "patient", "kind", "device", "clock"
"""
_OF_ONE: Final = """
FROM "observation" WHERE "patient" = $patient AND "kind" = $kind AND "device" = $device AND "clock" = $clock
    AND time >= $from_ns AND time < $to_ns
"""
_COUNTS: Final = f'SELECT count("value") AS "count" {_OF_ONE} GROUP BY time(1h) fill(none)'
_POINTS: Final = f'SELECT "value", "quality", "device_ms" {_OF_ONE}'


class InfluxSide:
    """Reads and writes points of one database. InfluxDB 3 looks no further than it is told to."""

    def __init__(self, points: Database, writer: LineWriter, outlying: OutlyingPoints) -> None:
        self._points = points
        self._writer = writer
        self._outlying = outlying

    def series(self) -> Sequence[SeriesName]:
        """Return every series that holds points, in order; none of InfluxDB 3, which will not look."""
        if self._longest_ms() is not None:
            return ()
        rows = self._points.rows(_SERIES, {})
        names = (
            SeriesName(
                patient_id=tags["patient"], kind=tags["kind"], device=tags["device"], clock=tags["clock"]
            )
            for tags, _ in rows
        )
        return sorted(set(names))

    def counts(self, name: SeriesName, around: tuple[int, int] = EVER) -> Mapping[int, int]:
        """Return how many points each hour holds, oldest first."""
        longest_ms = self._longest_ms()
        span = EVER if longest_ms is None else around
        found: dict[int, int] = {}
        for from_ms, to_ms in windows(*span, longest_ms):
            rows = self._points.rows(_COUNTS, _bound(name, from_ms, to_ms))
            found |= {row["time"]: row["count"] for _, row in rows}
        return dict(sorted(found.items()))

    def read(self, name: SeriesName, from_ms: int, to_ms: int) -> Points:
        """Return the points of a half-open span, in order, each moment once."""
        return _of_tables(self._points.tables(_POINTS, _bound(name, from_ms, to_ms)))

    def write(self, name: SeriesName, points: Points) -> None:
        """Store points durably; a moment that is there takes the new value."""
        if not len(points):
            return
        key = series_key(patient_id=name.patient_id, kind=name.kind, device=name.device, clock=name.clock)
        refused = self._writer.write(list(_lines(key, points)))
        if refused:
            raise StorageError(
                f"{self._points.server} refuses {len(refused)} points ({refused[0].reason}): "
                f"give the service a bucket of its own instead of {self._points.name}"
            )
        hours = {t_ms - t_ms % HOUR_MS for t_ms in points.t_ms.tolist()}
        clock = filed(name.clock)
        self._outlying.note(name.patient_id, name.kind, hours, clock.run, doubted=bool(clock.doubt))

    def finish(self) -> None:
        """Say that every hour that holds points is known."""
        self._outlying.survey(-(1 << 62), ())

    def _longest_ms(self) -> int | None:
        return self._points.server.dialect.longest_ms(_A_SECOND_MS)


def _bound(name: SeriesName, from_ms: int, to_ms: int) -> dict[str, str | int]:
    return {
        "patient": name.patient_id,
        "kind": name.kind,
        "device": name.device,
        "clock": name.clock,
        "from_ns": ns(from_ms),
        "to_ns": ns(to_ms),
    }


def _lines(key: str, points: Points) -> Iterator[str]:
    columns = (points.t_ms, points.value, points.quality, points.device_ms)
    for t_ms, value, quality, device_ms in zip(*(column.tolist() for column in columns), strict=True):
        rating = None if quality != quality else quality  # noqa: PLR0124 - NaN: nobody knows it
        yield point_line(key, t_ms, value, rating, None if device_ms == NOT_DATED else device_ms)


def _of_tables(tables: Sequence[Table]) -> Points:
    rows = list(chain.from_iterable(table.values for table in tables))
    if not rows:
        return Points.none()
    column = dict(zip(tables[0].columns, zip(*rows, strict=True), strict=True))
    quality = np.array(column["quality"], np.float64)
    return Points(
        t_ms=np.array(column["time"], np.int64),
        value=np.array(column["value"], np.float64),
        quality=np.where(quality < 0, np.nan, quality),
        device_ms=np.array([NOT_DATED if ms is None else ms for ms in column["device_ms"]], np.int64),
    )
