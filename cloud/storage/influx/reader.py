"""Reads points back by InfluxQL.

Points of a wrong clock carry that clock's name: each such run is read with the range moved back by its
shift, and its points are moved forth.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from cloud.ports import Point, Series
from cloud.storage.influx.answers import Table
from cloud.storage.influx.database import Database
from cloud.storage.influx.line_protocol import BELIEVED, DOUBTED, RUN, run_tag
from cloud.storage.influx.questions import any_of, chunks, ns, windows
from cloud.storage.points.latest import LAST_MS
from cloud.storage.points.outlying import HOUR_MS, OutlyingPoints, OutlyingSeries

Shifts = Mapping[str, int | None]
"""How far the points of each wrong clock are off, by its tag; `None`: not known."""

Bound = dict[str, str | int]
"""What is bound in a question, by name."""

_A_SECOND_MS: Final = 1_000

_IN_RANGE = """
FROM "observation"
WHERE "patient" = $patient AND "kind" = $kind AND time >= $from_ns AND time < $to_ns AND
"""
_OF_NO_RUN = f'"clock" !~ /^{RUN}/'
_LATEST = """
SELECT last("value") AS "value", "quality" FROM "observation"
WHERE {patients} AND {clocks}{within} GROUP BY "patient", "kind", "device", "clock"
"""
_WITHIN = " AND time >= $from_ns AND time < $to_ns"


class PointReader:
    """Reads points of one database, as far as the journal knows which clocks stamped them."""

    def __init__(self, points: Database, outlying: OutlyingPoints) -> None:
        self._points = points
        self._outlying = outlying

    def shifts(self, patient_id: str, kind: str) -> Shifts:
        """Return how far the wrong clocks were off that stamped any of these points, by their tags."""
        return {
            run_tag(*series.run): series.shift_ms
            for series in self._outlying.series([patient_id])
            if series.run is not None and series.may_hold(patient_id, kind)
        }

    def observations(self, patient_id: str, kind: str, from_ms: int, to_ms: int, limit: int) -> Series:
        """Return the newest `limit` points of the range.

        Raises
        ------
        StorageError
            If the server cannot answer.
        """
        parts: list[_Columns] = []
        omitted = 0
        for condition, bound, shift_ms in self._clocks(patient_id, kind):
            span = (from_ms - shift_ms, to_ms - shift_ms)
            asked = bound | {"patient": patient_id, "kind": kind}
            found, more = self._of_one_clock(condition, asked, self._windows(patient_id, span), limit)
            parts += [columns.later(shift_ms) for columns in found]
            omitted += more
        return _newest(kind, parts, max(limit, 0), omitted)

    def _clocks(self, patient_id: str, kind: str) -> Iterator[tuple[str, Bound, int]]:
        """Yield how points of each clock are asked for, and how far they are to be moved."""
        yield _OF_NO_RUN, {}, 0
        for tag, shift_ms in self.shifts(patient_id, kind).items():
            yield *any_of("clock", (tag, *(tag + doubt for doubt in DOUBTED))), shift_ms or 0

    def _windows(self, patient_id: str, span: tuple[int, int]) -> Sequence[tuple[int, int]]:
        """Cut a span into what may be asked at once; where that is little, no more than can hold points."""
        longest_ms = self._points.server.dialect.longest_ms(_A_SECOND_MS)
        if longest_ms is None:
            return (span,)
        known = self._outlying.series([patient_id])
        first_ms = min((series.oldest_hour_ms for series in known), default=0)
        last_ms = max((series.newest_hour_ms + HOUR_MS for series in known), default=0)
        return tuple(windows(max(span[0], first_ms), min(span[1], last_ms), longest_ms))

    def _of_one_clock(
        self, clock: str, bound: Bound, spans: Sequence[tuple[int, int]], limit: int
    ) -> tuple[list["_Columns"], int]:
        """Return the newest `limit` points, in no order, and how many more there are."""
        found: list[_Columns] = []
        left, more = limit, 0
        for from_ms, to_ms in spans:
            where = f"{_IN_RANGE} {clock}"
            asked = bound | {"from_ns": ns(from_ms), "to_ns": ns(to_ms)}
            newest = f'SELECT "value", "quality", "device" {where} ORDER BY time DESC LIMIT {left}'
            read = [_columns(table) for table in (self._points.tables(newest, asked) if left > 0 else ())]
            count = sum(len(columns.t_ms) for columns in read)
            if count >= left:
                counted = self._points.rows(f'SELECT count("value") AS "total" {where}', asked)
                more += max(0, sum(row["total"] for _, row in counted) - count)
            found += read
            left = max(0, left - count)
        return found, more

    def latest_of(self, patient_ids: Iterable[str]) -> dict[str, dict[str, Point]]:
        """Return the newest point of each kind whose effective time is believed, or put right, by patient.

        Raises
        ------
        StorageError
            If the server cannot answer.
        """
        latest: dict[str, dict[str, Point]] = {}
        for chunk in chunks(patient_ids):
            for patient_id, kind, point in sorted(self._newest_of(chunk), key=lambda each: _by_time(each[2])):
                latest.setdefault(patient_id, {})[kind] = point
        return latest

    def _newest_of(self, patient_ids: Sequence[str]) -> Iterator[tuple[str, str, Point]]:
        known = self._outlying.series(patient_ids)
        patients, bound = any_of("patient", patient_ids)
        shifts = {run_tag(*series.run): series.shift_ms for series in known if series.run is not None}
        for clocks in [f"\"clock\" = '{BELIEVED}'", *([f'"clock" =~ /^{RUN}/'] if shifts else [])]:
            for within, bounds in self._recent(known):
                text = _LATEST.format(patients=patients, clocks=clocks, within=within)
                for tags, row in self._points.rows(text, bound | bounds):
                    shift_ms = 0 if tags["clock"] == BELIEVED else shifts.get(tags["clock"])
                    if shift_ms is not None and 0 <= row["time"] + shift_ms <= LAST_MS:
                        point = _point(tags["device"], row)
                        yield tags["patient"], tags["kind"], replace(point, t_ms=point.t_ms + shift_ms)

    def _recent(self, known: Sequence[OutlyingSeries]) -> Iterator[tuple[str, Bound]]:
        """Yield where the newest points lie: anywhere, or where a short range is all that may be asked."""
        longest_ms = self._points.server.dialect.longest_ms(_A_SECOND_MS)
        if longest_ms is None:
            yield "", {}
            return
        for place in sorted({series.newest_hour_ms // longest_ms for series in known}):
            span = (place * longest_ms, (place + 1) * longest_ms)
            yield _WITHIN, {"from_ns": ns(span[0]), "to_ns": ns(span[1])}


class _Columns(NamedTuple):
    """Points in columns of one length, in no order; NaN is a quality nobody knows."""

    t_ms: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.float64]
    device: Sequence[str]

    def later(self, by_ms: int) -> Self:
        return self._replace(t_ms=self.t_ms + by_ms)


def _columns(table: Table) -> _Columns:
    """Return the columns of an answer; a quality is null while a reader is faster than the writer."""
    column = dict(zip(table.columns, zip(*table.values, strict=True), strict=True))
    quality = np.array(column["quality"], np.float64)
    return _Columns(
        t_ms=np.array(column["time"], np.int64),
        value=np.array(column["value"], np.float64),
        quality=np.where(quality < 0, np.nan, quality),
        device=column["device"],
    )


def _newest(kind: str, parts: Sequence[_Columns], limit: int, omitted: int) -> Series:
    """Put parts together, oldest first, but for all that is older than the newest `limit`."""
    devices = list(chain.from_iterable(part.device for part in parts))
    names = sorted(set(devices))
    places = {name: place for place, name in enumerate(names)}
    index = np.array([places[device] for device in devices], np.int32)
    t_ms, value, quality = (
        np.concatenate([np.empty(0, dtype), *(part[place] for part in parts)])
        for place, dtype in enumerate((np.int64, np.float64, np.float64))
    )
    order = np.lexsort((index, t_ms))
    newest = order[max(0, len(order) - limit) :]
    used, device_index = np.unique(index[newest], return_inverse=True)
    return Series(
        kind=kind,
        t_ms=t_ms[newest],
        value=value[newest],
        quality=quality[newest],
        device_index=device_index.astype(np.int32),
        devices=tuple(names[place] for place in used),
        omitted=omitted + len(order) - len(newest),
    )


def _point(device: str, row: dict[str, Any]) -> Point:
    quality = row["quality"]  # null while a reader is faster than the writer
    return Point(
        t_ms=row["time"],
        value=float(row["value"]),
        quality=None if quality is None or quality < 0 else float(quality),
        device=device,
    )


def _by_time(point: Point) -> tuple[int, str]:
    return point.t_ms, point.device
