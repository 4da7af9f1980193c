"""Reads points back by InfluxQL.

Points of a wrong clock carry that clock's name: each such run is read with the range moved back by its
shift, and its points are moved forth.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from cloud.ports import Point, Series
from cloud.storage.influx.database import Database
from cloud.storage.influx.line_protocol import BELIEVED, DOUBTED, RUN, run_tag
from cloud.storage.influx.questions import any_of, chunks, ns, windows
from cloud.storage.outlying import OutlyingPoints, OutlyingSeries

Shifts = Mapping[str, int | None]
"""How far the points of each wrong clock are off, by its tag; `None`: not known."""

Bound = dict[str, str | int]
"""What is bound in a question, by name."""

_FIRST_MS: Final = 0  # the wire knows no earlier time
_A_SECOND_MS: Final = 1_000
_AHEAD_MS: Final = 366 * 86_400_000
"""How far a clock that nobody believes may be ahead of the others and still be shown."""

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
        found: list[Point] = []
        omitted = 0
        for condition, bound, shift_ms in self._clocks(patient_id, kind):
            span = (from_ms - shift_ms, to_ms - shift_ms)
            asked = bound | {"patient": patient_id, "kind": kind}
            points, more = self._of_one_clock(condition, asked, self._windows(patient_id, span), limit)
            found += [replace(point, t_ms=point.t_ms + shift_ms) for point in points]
            omitted += more
        found.sort(key=_by_time)
        newest = found[max(0, len(found) - limit) :]
        return Series.of(kind, newest, omitted=omitted + len(found) - len(newest))

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
        known = [series.newest_hour_ms for series in self._outlying.series([patient_id])]
        last_ms = max(known, default=0) + _AHEAD_MS
        return tuple(windows(max(span[0], _FIRST_MS), min(span[1], last_ms), longest_ms))

    def _of_one_clock(
        self, clock: str, bound: Bound, spans: Sequence[tuple[int, int]], limit: int
    ) -> tuple[list[Point], int]:
        """Return the newest `limit` points, in no order, and how many more there are."""
        points: list[Point] = []
        more = 0
        for from_ms, to_ms in spans:
            where = f"{_IN_RANGE} {clock}"
            asked = bound | {"from_ns": ns(from_ms), "to_ns": ns(to_ms)}
            left = limit - len(points)
            newest = f'SELECT "value", "quality", "device" {where} ORDER BY time DESC LIMIT {left}'
            rows = self._points.rows(newest, asked) if left > 0 else []
            points += [_point(row["device"], row) for _, row in rows]
            if len(rows) >= left:
                counted = self._points.rows(f'SELECT count("value") AS "total" {where}', asked)
                more += sum(row["total"] for _, row in counted) - len(rows)
        return points, max(0, more)

    def latest_of(self, patient_ids: Iterable[str]) -> dict[str, dict[str, Point]]:
        """Return the newest point of each kind whose effective time is believed, or put right, by patient.

        Raises
        ------
        StorageError
            If the server cannot answer.
        """
        latest: dict[str, dict[str, Point]] = {}
        for chunk in chunks(patient_ids):
            for patient_id, kind, point in sorted(self._newest(chunk), key=lambda each: _by_time(each[2])):
                latest.setdefault(patient_id, {})[kind] = point
        return latest

    def _newest(self, patient_ids: Sequence[str]) -> Iterator[tuple[str, str, Point]]:
        known = self._outlying.series(patient_ids)
        patients, bound = any_of("patient", patient_ids)
        shifts = {run_tag(*series.run): series.shift_ms for series in known if series.run is not None}
        for clocks in [f"\"clock\" = '{BELIEVED}'", *([f'"clock" =~ /^{RUN}/'] if shifts else [])]:
            for within, bounds in self._recent(known):
                text = _LATEST.format(patients=patients, clocks=clocks, within=within)
                for tags, row in self._points.rows(text, bound | bounds):
                    shift_ms = 0 if tags["clock"] == BELIEVED else shifts.get(tags["clock"])
                    if shift_ms is not None:
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
